"""One rendered and parsed state, settings or top file."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from zester.compiler.python_file import run_python_file
from zester.dataclass import dataclass
from zester.errors import At, CompileError, YamlError
from zester.targeting.value import Value
from zester.templating.documents.document import Document
from zester.templating.documents.fault import Fault
from zester.templating.documents.json_document import parse_json
from zester.templating.documents.pipe import read_pipe
from zester.templating.excerpt import excerpt
from zester.templating.origin import Rendered, Segment, mark_of
from zester.templating.renderer import Renderer


@dataclass(frozen=True, slots=True)
class StateFile:
    """``data`` is the file's mapping."""

    sls: str
    path: str
    data: Mapping[Value, Value]
    rendered: Rendered
    document: Document
    env: str = "base"

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


@dataclass(frozen=True, slots=True)
class UnparsedFile:
    """A rendered file. ``data`` is that of a Python file, which is no text; else ``parse`` reads
    the text."""

    sls: str
    path: str
    env: str
    rendered: Rendered
    source_line: Callable[[At], str | None]
    parse: Callable[[str], Document] | None = None
    data: Value = None

    @property
    def mark(self) -> bytes | None:
        """Tell what the file comes to, places included, from anything else; None = it cannot."""
        return mark_of(self.rendered) if self.parse is not None else None

    def parsed(self, *, encrypted: bool = False) -> StateFile:
        """Parse the text; raises YamlError, CompileError."""
        if self.parse is None:
            return _state_file(self.sls, self.path, self.rendered, Document(self.data), self.env)
        return read_state_file(
            self.sls,
            self.rendered,
            self.path,
            self.parse,
            self.source_line,
            self.env,
            encrypted=encrypted,
        )


def load_state_file(
    renderer: Renderer,
    name: str,
    sls: str,
    env: str = "base",
    *,
    context: Mapping[str, Value] | None = None,
    encrypted: bool = False,
) -> StateFile:
    """Render and parse a file; ``context`` are more variables of its template.

    ``encrypted``: it may hold encrypted values, which stay as they are written. Raises
    RenderError, YamlError or CompileError.
    """
    return render_state_file(renderer, name, sls, env, context=context).parsed(encrypted=encrypted)


def render_state_file(
    renderer: Renderer,
    name: str,
    sls: str,
    env: str = "base",
    *,
    context: Mapping[str, Value] | None = None,
) -> UnparsedFile:
    """Render a file, or run it; raises RenderError, CompileError."""
    path = renderer.path(name)
    text = renderer.text(name)
    if text is None:
        raise CompileError(f"there is no file {path!r}", at=At(path))
    pipe = read_pipe(text, path)
    plain = Rendered(text, (Segment(0, name, 1, True),), renderer.root)
    if pipe.format == "py":
        data = run_python_file(renderer, text, name, sls, context or {})
        return UnparsedFile(sls, path, env, plain, renderer.source_line, data=data)
    rendered = plain
    if pipe.jinja:
        rendered = renderer.render_text(text, name=name, sls=sls, context=context)
    parse = parse_json if pipe.format == "json" else renderer.library.document
    return UnparsedFile(sls, path, env, rendered, renderer.source_line, parse)


def read_state_file(
    sls: str,
    rendered: Rendered,
    path: str,
    parse: Callable[[str], Document],
    source_line: Callable[[At], str | None],
    env: str = "base",
    *,
    encrypted: bool = False,
) -> StateFile:
    """Parse rendered text; raises YamlError or CompileError."""
    try:
        document = parse(rendered.text)
        if document.encrypted is not None and not encrypted:
            raise Fault("encrypted values stand in settings files only", document.encrypted)
    except Fault as fault:
        raise located(fault, rendered, source_line) from fault
    return _state_file(sls, path, rendered, document, env)


def _state_file(sls: str, path: str, rendered: Rendered, document: Document, env: str) -> StateFile:
    """Anything that says nothing (``[]``, ``0``, no text at all) is an empty file, as in Salt."""
    data = document.data or {}
    if not isinstance(data, Mapping):
        kind = "a list" if isinstance(data, list) else f"{type(data).__name__}"
        kind = "plain text" if isinstance(data, str) else kind
        raise CompileError(
            f"the file holds {kind}, not a mapping",
            at=At(path, 1),
            excerpt=excerpt(rendered.text, 1),
            hint="at its top stand ids, each followed by a colon",
        )
    return StateFile(sls, path, data, rendered, document, env)


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
    """Return whether a file goes through Jinja; raises CompileError for an unknown pipe."""
    return read_pipe(text, path).jinja
