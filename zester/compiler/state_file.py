"""One rendered and parsed state, settings or top file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from zester.errors import At, CompileError, YamlError
from zester.targeting.value import Value
from zester.templating.documents.document import Document, Fault
from zester.templating.excerpt import excerpt
from zester.templating.origin import Rendered, Segment
from zester.templating.renderer import Renderer

PIPES: Mapping[str, bool] = {"jinja|yaml": True, "jinja": True, "yaml": False}
"""Renderer line → whether Jinja is part of it."""


@dataclass(frozen=True, slots=True)
class StateFile:
    """``data`` is the file's mapping, shared with a cache: never change it."""

    sls: str
    path: str
    data: Mapping[Value, Value]
    rendered: Rendered
    document: Document

    def at(self, *path: Value) -> At:
        """Return where a key or item stands in the template; the nearest parent's place if its own
        is not known."""
        for length in range(len(path), 0, -1):
            offset = self.document.offsets.get(path[:length])
            if offset is not None:
                return self.rendered.at(offset)
        return At(self.path, 1)

    def error(self, message: str, *path: Value, hint: str | None = None) -> CompileError:
        """Return an error that points at a key or item."""
        at = self.at(*path)
        shown = None
        for length in range(len(path), 0, -1):
            offset = self.document.offsets.get(path[:length])
            if offset is not None:
                shown = excerpt(self.rendered.text, *_position(self.rendered.text, offset))
                break
        return CompileError(message, at=at, excerpt=shown, hint=hint)


def load_state_file(renderer: Renderer, name: str, sls: str) -> StateFile:
    """Render and parse a file; raises RenderError, YamlError or CompileError."""
    path = renderer.path(name)
    text = renderer.text(name)
    if text is None:
        raise CompileError(f"there is no file {path!r}", at=At(path))
    if uses_jinja(text, path):
        rendered = renderer.render_text(text, name=name, sls=sls)
    else:
        rendered = Rendered(text, (Segment(0, name, 1, True),), renderer.root)
    return read_state_file(sls, rendered, path, renderer.library.document, renderer.source_line)


def read_state_file(
    sls: str,
    rendered: Rendered,
    path: str,
    parse: Callable[[str], Document],
    source_line: Callable[[At], str | None],
) -> StateFile:
    """Parse rendered text; raises YamlError or CompileError."""
    try:
        document = parse(rendered.text)
    except Fault as fault:
        raise located(fault, rendered, source_line) from fault
    data = {} if document.data is None else document.data
    if not isinstance(data, Mapping):
        kind = "a list" if isinstance(data, list) else "plain text"
        raise CompileError(
            f"the file holds {kind}, not a mapping",
            at=At(path, 1),
            excerpt=excerpt(rendered.text, 1),
            hint="at its top stand ids, each followed by a colon",
        )
    return StateFile(sls, path, data, rendered, document)


def located(fault: Fault, rendered: Rendered, source_line: Callable[[At], str | None]) -> YamlError:
    """Return the error for a fault in rendered text: at its template line, with both texts."""
    at = rendered.at(fault.offset)
    message = fault.message
    if fault.first is not None:
        first = rendered.at(fault.first)
        message += f", first on line {first.line}" if first.file == at.file else f", first {first}"
    line, column = _position(rendered.text, fault.offset)
    shown = excerpt(rendered.text, line, column)
    source = source_line(at)
    if shown is not None and source is not None:
        result = shown.split("\n")[0]
        if source.strip() != result.strip():
            shown = f"{source}\nrendered as:\n{shown}"
    return YamlError(message, at=at, excerpt=shown)


def _position(text: str, offset: int) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def uses_jinja(text: str, path: str) -> bool:
    if not text.startswith("#!"):
        return True
    line = text.split("\n", 1)[0]
    pipe = line[2:].replace(" ", "")
    uses = PIPES.get(pipe)
    if uses is None:
        known = ", ".join(f"#!{name}" for name in PIPES)
        raise CompileError(
            f"renderer {line.strip()!r} is not supported",
            at=At(path, 1),
            excerpt=excerpt(text, 1),
            hint=f"known: {known}",
        )
    return uses
