"""The renderer line: ``#!jinja|yaml`` as the first line of a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from zester.dataclass import dataclass
from zester.errors import At, CompileError
from zester.templating.excerpt import excerpt

Format = Literal["yaml", "json", "py"]


@dataclass(frozen=True, slots=True)
class Pipe:
    """How a file becomes data: through Jinja or not, and what the text is then read as."""

    jinja: bool
    format: Format


DEFAULT = Pipe(jinja=True, format="yaml")

PIPES: Mapping[tuple[str, ...], Pipe] = {
    ("jinja", "yaml"): DEFAULT,
    ("yaml_jinja",): DEFAULT,
    ("yaml",): Pipe(jinja=False, format="yaml"),
    ("jinja", "json"): Pipe(jinja=True, format="json"),
    ("json_jinja",): Pipe(jinja=True, format="json"),
    ("json",): Pipe(jinja=False, format="json"),
    ("py",): Pipe(jinja=False, format="py"),
}
KNOWN = "known: #!jinja|yaml (the default), #!yaml, #!jinja|json, #!json, #!py"
HINTS: Mapping[str, str] = {
    "gpg": "decrypt the values with gpg, and write what `zester encrypt` makes of them instead",
    "mako": "write the file in Jinja",
    "wempy": "write the file in Jinja",
    "cheetah": "write the file in Jinja",
    "genshi": "write the file in Jinja",
    "stateconf": "write ids and requisites out in full",
    "yamlex": "write plain YAML; settings are merged by the strategy chosen for them",
    "pydsl": "write a run() function under #!py",
    "pyobjects": "write a run() function under #!py",
}


def read_pipe(text: str, path: str) -> Pipe:
    """Return the pipe a file asks for, ``jinja|yaml`` when it asks for none.

    Only the very first characters count; ``#!/`` begins a script's line and asks for nothing.
    Words after a renderer's name are its arguments, and have none to say here. Raises CompileError.
    """
    if not text.startswith("#!") or text.startswith("#!/"):
        return DEFAULT
    line = text.split("\n", 1)[0].strip()
    words = [part.split() for part in line[2:].split("|")]
    names = tuple(part[0] if part else "" for part in words)
    pipe = PIPES.get(names)
    if pipe is not None:
        return pipe
    raise CompileError(
        _message(names, line), at=At(path, 1), excerpt=excerpt(text, 1), hint=_hint(names)
    )


def _message(names: tuple[str, ...], line: str) -> str:
    for name in names:
        if name and not any(name in known for known in PIPES):
            return f"renderer {name!r} is not supported"
    if names == ("jinja",):
        return "renderer 'jinja' alone gives text, not data"
    return f"renderers cannot follow each other as in {line!r}"


def _hint(names: tuple[str, ...]) -> str:
    if names == ("jinja",):
        return "write #!jinja|yaml"
    return next((f"{HINTS[name]}; {KNOWN}" for name in names if name in HINTS), KNOWN)
