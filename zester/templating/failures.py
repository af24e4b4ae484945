"""What went wrong in a template, and where."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from types import TracebackType

from jinja2 import Template
from jinja2.exceptions import (
    SecurityError,
    TemplateError,
    TemplateNotFound,
    TemplatesNotFound,
    TemplateSyntaxError,
    UndefinedError,
)

from zester.errors import At, RenderError, SourceError, ZesterError
from zester.templating.excerpt import excerpt

FAILURES: tuple[type[Exception], ...] = (
    TemplateError,
    ZesterError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    NameError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)
"""What an expression of a template can raise."""

MAX_TRAIL = 8

_QUOTED = re.compile(r"'([^']+)'")

Text = Callable[[str], str | None]


def explain(error: Exception, *, name: str, path: Callable[[str], str], text: Text) -> SourceError:
    """Return the error to raise: with file:line, the files that led there, the line and a caret.

    ``name`` is the template that was asked for, ``path`` maps template names to tree paths and
    ``text`` to their source.
    """
    frames = list(_frames(error.__traceback__))
    if isinstance(error, TemplateSyntaxError):
        frames.append((error.name or name, error.lineno))
    if isinstance(error, SyntaxError):  # Jinja takes a {% break %} anywhere, Python does not
        file = error.filename or name
        frames.append((file, _tag_line(text(file) or "", error.msg)))
    if not frames:
        frames.append((name, None))
    if isinstance(error, SourceError) and error.at is not None:
        trail = [At(path(file), line) for file, line in frames]
        return _copy(error, _shortened([*trail, *error.trail]), error.at, error.excerpt)
    file, line = frames[-1]
    message, hint = _words(error)
    column = _column(text(file), line, message)
    shown = error.excerpt if isinstance(error, SourceError) else None
    return RenderError(
        message,
        at=At(path(file), line, column),
        trail=_shortened([At(path(at), number) for at, number in frames[:-1]]),
        excerpt=shown or excerpt(text(file) or "", line, column),
        hint=hint,
    )


def led_by(error: SourceError, *places: At) -> SourceError:
    """Return the same error with places put before its trail."""
    return _copy(error, (*places, *error.trail), error.at, error.excerpt)


def with_excerpt(error: SourceError, text: Callable[[str], str | None]) -> SourceError:
    """Return the same error with the line it points at; ``text`` reads a path of the tree."""
    if error.excerpt is not None or error.at is None or error.at.line is None:
        return error
    source = text(error.at.file)
    shown = None if source is None else excerpt(source, error.at.line, error.at.column)
    return _copy(error, error.trail, error.at, shown)


def _copy(
    error: SourceError, trail: tuple[At, ...], at: At | None, shown: str | None
) -> SourceError:
    return type(error)(error.message, at=at, trail=trail, excerpt=shown, hint=error.hint)


def _frames(traceback: TracebackType | None) -> Iterator[tuple[str, int | None]]:
    last = None
    while traceback is not None:
        template = traceback.tb_frame.f_globals.get("__jinja_template__")
        if isinstance(template, Template) and template.name is not None:
            place = (template.name, template.get_corresponding_lineno(traceback.tb_lineno))
            if place != last:
                yield place
            last = place
        traceback = traceback.tb_next


def _shortened(trail: list[At]) -> tuple[At, ...]:
    if len(trail) <= MAX_TRAIL:
        return tuple(trail)
    half = MAX_TRAIL // 2
    return (*trail[:half], At("…"), *trail[-half:])


def _words(error: Exception) -> tuple[str, str | None]:
    if isinstance(error, ZesterError):
        return error.message, error.hint
    if isinstance(error, SyntaxError):
        return error.msg, None
    if isinstance(error, RecursionError):
        return "the template calls, includes or imports itself without end", None
    if isinstance(error, MemoryError):
        return "the template needs too much memory", None
    if isinstance(error, TemplatesNotFound):
        names = ", ".join(repr(str(item)) for item in error.templates)
        return f"there is none of the templates {names}", None
    if isinstance(error, TemplateNotFound):
        message = error.message or f"there is no template {error.name!r}"
        return message, "names count from the root of the states, or start with ./"
    if isinstance(error, SecurityError):
        return _lower(str(error)), "templates cannot reach into Python"
    if isinstance(error, UndefinedError):
        hint = None if "unknown function" in str(error) else "give it a value, or use | default(…)"
        return str(error), hint
    if isinstance(error, TemplateError):
        return _lower(error.message or "the template failed"), None
    if isinstance(error, KeyError):
        return f"there is no key {error}", None
    return f"{type(error).__name__}: {_lower(str(error))}", None


def _tag_line(text: str, message: str) -> int | None:
    """Return the line of the first tag that the message quotes."""
    quoted = _QUOTED.search(message)
    found = quoted and re.search(rf"{{%[-+]?\s*{re.escape(quoted[1])}\b", text)
    return text.count("\n", 0, found.end()) + 1 if found else None


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:].rstrip(".")


def _column(text: str | None, line: int | None, message: str) -> int | None:
    """Return where the last thing the message quotes stands in the line, if it does."""
    lines = (text or "").split("\n")
    if line is None or not 1 <= line <= len(lines):
        return None
    for word in reversed(_QUOTED.findall(message)):
        found = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", lines[line - 1])
        if found:
            return found.start() + 1
    return None
