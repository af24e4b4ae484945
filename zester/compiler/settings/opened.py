"""Settings files, their encrypted values opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from zester.compiler.state_file import StateFile, load_state_file
from zester.errors import NotGranted, Untrusted
from zester.resources.files import OpeningFiles
from zester.resources.sealing.encrypted import FORM, START
from zester.targeting.value import Value
from zester.templating.renderer import Renderer


def load_settings_file(
    renderer: Renderer,
    name: str,
    sls: str,
    env: str,
    *,
    context: Mapping[str, Value] | None = None,
) -> StateFile:
    """Render and parse a settings file; raises SourceError, Untrusted.

    Every text of the form of an encrypted value is opened, tagged or not: one that was imported has
    lost its tag on the way.
    """
    file = load_state_file(renderer, name, sls, env, context=context, encrypted=True)
    files = renderer.files.unrecorded

    def opened(text: str, place: tuple[Value, ...]) -> str:
        if not isinstance(files, OpeningFiles):
            raise NotGranted(
                "a value is encrypted, and there is no key here to open it",
                at=file.at(*place),
                hint="give the key of the masters, or try it on a node that is granted the file",
            )
        try:
            return files.open_value(file.path, text)
        except NotGranted as error:
            raise NotGranted(error.message, at=file.at(*place), hint=error.hint) from error
        except Untrusted as error:
            raise type(error)(f"{file.at(*place)}: {error.message}", hint=error.hint) from error

    data = _opened(file.data, opened, ())
    return file if data is file.data else replace(file, data=data)


def _opened(
    value: Value, opened: Callable[[str, tuple[Value, ...]], str], place: tuple[Value, ...]
) -> Value:
    """The same value, as it is when there is nothing in it to be opened."""
    if isinstance(value, str):
        encrypted = value.startswith(START) and FORM.fullmatch(value)
        return opened(value, place) if encrypted else value
    if isinstance(value, Mapping):
        made = {key: _opened(item, opened, (*place, key)) for key, item in value.items()}
        return value if all(made[key] is item for key, item in value.items()) else made
    if isinstance(value, list):
        items = [_opened(item, opened, (*place, index)) for index, item in enumerate(value)]
        return value if all(new is old for new, old in zip(items, value, strict=True)) else items
    return value
