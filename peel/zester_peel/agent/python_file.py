"""Files of a tree that are Python: ``#!py``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zester.errors import At, RenderError, SourceError
from zester.templating.excerpt import excerpt

MAX_DEPTH = 100


def run_python(text: str, path: str, names: Mapping[str, Any]) -> Any:  # noqa: ANN401 - data of a tree
    """Run a file's ``run()`` with names bound and return its data in plain types.

    The code can do all that this process can: like the commands of its states it is trusted
    because the tree it comes from is. Raises RenderError at the line that failed.
    """
    module: dict[str, Any] = {"__file__": path, "__name__": _module_name(path), **names}
    try:
        exec(compile(text, path, "exec", dont_inherit=True), module)  # noqa: S102 - its purpose
        run = module.get("run")
        if not callable(run):
            raise RenderError("the file has no function run()", at=At(path, 1))
        return _plain(run(), 0)
    except SourceError:
        raise
    except Exception as error:  # whatever code of a tree raises is a problem of that file
        raise _failure(error, text, path) from error


def _module_name(path: str) -> str:
    return path.rpartition("/")[2].partition(".")[0]


def _failure(error: Exception, text: str, path: str) -> RenderError:
    message, line = f"{type(error).__name__}: {error}", None
    if isinstance(error, SyntaxError) and error.filename == path:
        message, line = f"not Python: {error.msg}", error.lineno
    traceback = error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == path:
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return RenderError(message, at=At(path, line), excerpt=excerpt(text, line))


def _plain(value: Any, depth: int) -> Any:  # noqa: ANN401 - data of a tree
    """Return mappings as dicts, sequences and sets as lists, and what is no data as text."""
    if depth > MAX_DEPTH:
        raise ValueError(f"run() returns data nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, Mapping):
        return {_key(key): _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, depth + 1) for item in value]
    if isinstance(value, set | frozenset):
        return sorted((_plain(item, depth + 1) for item in value), key=str)
    if value is None or isinstance(value, bool | int | float | bytes):
        return value
    return str(value)


def _key(key: Any) -> Any:  # noqa: ANN401 - data of a tree
    return key if key is None or isinstance(key, bool | int | float) else str(key)
