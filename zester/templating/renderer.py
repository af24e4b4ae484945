"""Renders the templates of one tree for one node."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from zester.errors import At, RenderError, ZesterError
from zester.resources.files import OpeningFiles
from zester.targeting.node import NodeView
from zester.targeting.value import Value
from zester.templating.cache.library import Library
from zester.templating.excerpt import excerpt
from zester.templating.failures import FAILURES, explain
from zester.templating.jinja.bounds import check_weight
from zester.templating.jinja.environment import TemplateEnvironment
from zester.templating.jinja.limits import Budget, Limits
from zester.templating.jinja.undefined import LenientUndefined
from zester.templating.origin import PlacedText, Rendered, Segment
from zester.templating.providers import NOTHING, Providers
from zester.templating.recorded import RecordedFiles
from zester.templating.session import session_variables
from zester.templating.variables import place_variables, state_variables

DELIMITERS = ("{{", "{%", "{#")
MAX_PARTS = 10
_PIECES, _SIZE = 64, 64 * 1024  # of output that are counted together


def has_jinja(text: str) -> bool:
    """Return whether a text holds anything Jinja would act on."""
    return any(delimiter in text for delimiter in DELIMITERS)


class Renderer:
    """A rendering session; not for two threads at once.

    ``root`` is the path prefix that template names count from, empty or ending in ``/``.
    ``providers`` offer what the language itself does not: execution functions, the basket.
    Facts and settings are copied: what templates do to them stays in the session.
    """

    def __init__(
        self,
        files: RecordedFiles,
        root: str,
        node: NodeView,
        *,
        env: str = "base",
        library: Library | None = None,
        limits: Limits | None = None,
        providers: Providers = NOTHING,
    ) -> None:
        self.files = files
        self.root = root
        self.library = library or Library()
        self.providers = providers = files.trace.watched(providers)
        self._limits = limits or Limits()
        self._texts: dict[str, str] = {}
        self._environment = TemplateEnvironment(self, self.library, self._limits, files.trace)
        if providers.lenient:
            self._environment.undefined = LenientUndefined
        self._parts = 0
        self._variables = session_variables(node, env, providers, self)

    def render_file(self, name: str, *, sls: str) -> Rendered:
        """Render a state or settings file; raises RenderError."""
        text = self.text(name)
        if text is None:
            raise RenderError(f"there is no file {name!r}", at=At(self.path(name)))
        return self.render_text(text, name=name, sls=sls)

    def render_text(
        self,
        text: str,
        *,
        name: str,
        sls: str = "",
        context: Mapping[str, Value] | None = None,
    ) -> Rendered:
        """Render a text that stands at ``name`` with more variables; raises RenderError."""
        if not has_jinja(text):
            return Rendered(_plain(text), (Segment(0, name, 1, True),), self.root)
        with self._running(name, text, sls, context) as pieces:
            rendered, segments = _collect(pieces, name, self._environment.budget)
        # Jinja drops the newline at the end of a file, Salt puts it back.
        if text.endswith("\n"):
            rendered += "\n"
        return Rendered(rendered, segments, self.root)

    def render_content(
        self, text: str, *, name: str, sls: str, context: Mapping[str, Value] | None
    ) -> str:
        """Render a text of which nobody asks where its parts come from; raises RenderError."""
        if not has_jinja(text):
            return _plain(text)
        with self._running(name, text, sls, context) as pieces:
            rendered = _joined(pieces, self._environment.budget)
        return rendered + "\n" if text.endswith("\n") else rendered

    @contextmanager
    def _running(
        self, name: str, text: str, sls: str, context: Mapping[str, Value] | None
    ) -> Iterator[Iterator[str]]:
        """Begin a rendering; what goes wrong in it becomes a RenderError."""
        self._texts[name] = text
        environment = self._environment
        variables = {**self.variables_of(name, sls), **(context or {})}
        try:
            with environment.rendering(variables):
                template = environment.compiled(name, text)
                yield template.root_render_func(template.new_context(variables))
        except FAILURES as error:
            raise explain(error, name=name, path=self.path, text=self._texts.get) from error

    def variables_of(self, name: str, sls: str) -> dict[str, Value]:
        """Return what a file that stands at ``name`` sees."""
        return {**self._variables, **place_variables(name), **state_variables(name, sls)}

    def source_line(self, at: At) -> str | None:
        """Return the line of a file that was rendered in this session."""
        text = self._texts.get(at.file.removeprefix(self.root))
        lines = (text or "").split("\n")
        return lines[at.line - 1] if at.line and at.line <= len(lines) else None

    # what the environment asks for

    def path(self, name: str) -> str:
        return self.root + name

    def render_part(self, text: str, name: str, variables: Mapping[str, Value]) -> str:
        """Render a text within the rendering that goes on, on its budget; raises RenderError."""
        if self._parts == MAX_PARTS:
            raise RenderError(f"renderings inside each other, more than {MAX_PARTS} deep")
        self._parts += 1
        try:
            return self.render_text(text, name=name, context=variables).text
        finally:
            self._parts -= 1

    def weigh(self, value: Value) -> None:
        """Refuse a value that would be too large as text; raises LimitReached."""
        check_weight(self._environment.budget, value)

    def text(self, name: str) -> str | None:
        """Return the text of a file of the tree, None when there is none; raises RenderError."""
        path = self.root + name
        data = self.files.read(path)
        if data is None:
            return None
        text = decode(data, path)
        self._texts[name] = text
        return text

    def variables(self, name: str) -> Mapping[str, Value]:
        return place_variables(name)

    def public(self, name: str, text: str) -> bool:
        """Whether a text is that of a file of the tree and holds nothing of a sealed one.

        Templates are also made of texts that came out of settings: those must not be on disk.
        """
        path, files = self.root + name, self.files.unrecorded
        if isinstance(files, OpeningFiles) and files.sealed(path):
            return False
        try:
            data = files.read(path)
            return data is not None and decode(data, path) == text
        except ZesterError:
            return False


def decode(data: bytes, path: str) -> str:
    """Return a template's text; raises RenderError when it is not UTF-8."""
    try:
        return data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = len(before) - (before.rfind(b"\n") + 1) + 1
        shown = data.decode("utf-8", "replace")
        raise RenderError(
            f"not UTF-8: byte 0x{data[error.start]:02x}",
            at=At(path, line, column),
            excerpt=excerpt(shown, line, column),
            hint="save the file as UTF-8",
        ) from error


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _joined(pieces: Iterator[str], budget: Budget) -> str:
    return "".join(_counted(filter(None, pieces), budget))


def _counted(pieces: Iterable[str], budget: Budget) -> list[str]:
    """Return the pieces; what they take is told for some of them together."""
    texts: list[str] = []
    size = told = 0
    for piece in pieces:
        texts.append(piece)
        size += len(piece)
        if size > _SIZE or len(texts) - told == _PIECES:
            budget.output(size, len(texts) - told)
            size, told = 0, len(texts)
    budget.output(size, len(texts) - told)
    return texts


def _collect(pieces: Value, name: str, budget: Budget) -> tuple[str, list[Segment]]:
    segments: list[Segment] = []
    length, file, line = 0, name, 1
    texts = _counted(pieces, budget)
    for piece in texts:
        if isinstance(piece, PlacedText):
            file, line = piece.file, piece.line
            if piece:
                segments.append(Segment(length, file, line, True))
                line += piece.count("\n")
        elif piece:
            segments.append(Segment(length, file, line, False))
        length += len(piece)
    return "".join(texts), segments or [Segment(0, name, 1, True)]
