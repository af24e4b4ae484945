"""Problems of state and settings files that no node can make go away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from zester.compiler.assigned.top import (
    TOP,
    TopTarget,
    is_top,
    missing_file,
    observed_settings,
    top_targets,
)
from zester.compiler.high.declaration import RESERVED, declarations
from zester.compiler.high.high_state import includes, missing_include
from zester.compiler.state_file import StateFile, read_state_file
from zester.compiler.state_root import WILDCARDS, StateRoot, state_name
from zester.dataclass import dataclass
from zester.errors import At, CompileError, SourceError
from zester.targeting.parser import parse_target
from zester.targeting.value import Value
from zester.templating.documents.document import parse
from zester.templating.documents.json_document import parse_json
from zester.templating.documents.pipe import read_pipe
from zester.templating.failures import with_excerpt
from zester.templating.origin import Rendered, Segment
from zester.templating.outline import Outliner
from zester.templating.recorded import RecordedFiles
from zester.templating.renderer import decode, has_jinja


@dataclass(frozen=True, slots=True)
class _Source:
    """The template of a state file, line by line."""

    path: str
    lines: tuple[str, ...]
    jinja: bool

    def line(self, at: At) -> str | None:
        inside = at.line is not None and at.line <= len(self.lines)
        return self.lines[at.line - 1] if inside and at.line and at.file == self.path else None

    def plain(self, at: At | None) -> bool:
        """Return whether a place is on a line without Jinja."""
        line = None if at is None else self.line(at)
        return not self.jinja or (line is not None and not has_jinja(line))


class OutlineCheck:
    """Checks the state files (or settings files) below one root."""

    def __init__(self, files: RecordedFiles, prefix: str, *, states: bool) -> None:
        self.prefix = prefix
        self._what = "state file" if states else "settings file"
        self._states = states
        self._root = StateRoot(files, prefix)
        self._outliner = Outliner(prefix)

    def problems(self, path: str, data: bytes) -> Iterator[SourceError]:
        """Yield what is wrong with a file below the root."""
        name = path.removeprefix(self.prefix)
        stem = name.rpartition(".")[0]
        sls = TOP if is_top(name) else state_name(name) or stem
        try:
            text = decode(data, path)
            pipe = read_pipe(text, path)
            if pipe.format == "py":
                return
            jinja = pipe.jinja and has_jinja(text)
            outlines = self._outlines(text, name, jinja)
        except SourceError as error:
            yield error
            return
        source = _Source(path, tuple(text.split("\n")), jinja)
        faults: list[SourceError] = []
        agreed: dict[tuple[str, At | None], SourceError] | None = None
        for rendered in outlines:
            try:
                reader = parse_json if pipe.format == "json" else parse
                file = read_state_file(
                    sls, rendered, path, reader, source.line, encrypted=not self._states
                )
            except SourceError as error:
                faults.append(error)
                continue
            found = {
                (problem.message, problem.at): problem
                for problem in self._content(file, source, name)
            }
            agreed = (
                found if agreed is None else {key: found[key] for key in agreed if key in found}
            )
            if not agreed:
                return
        if agreed is not None:
            for problem in agreed.values():
                yield with_excerpt(problem, {path: text}.get)
        elif _same(faults) and self._certain(faults[0], source):
            yield faults[0]

    def _certain(self, fault: SourceError, source: _Source) -> bool:
        # What an alias refers to may come out of an expression.
        return source.plain(fault.at) and not (source.jinja and "alias" in fault.message)

    def _outlines(self, text: str, name: str, jinja: bool) -> Iterator[Rendered]:
        if jinja:
            return self._outliner.outline(text, name)
        return iter((Rendered(text, (Segment(0, name, 1, True),), self.prefix),))

    def _content(self, file: StateFile, source: _Source, name: str) -> Iterator[SourceError]:
        if file.sls == TOP:
            yield from self._top(file, source)
        elif self._states:
            if not source.jinja:
                yield from _malformed(file)
            yield from self._includes(file, source, name)

    def _top(self, file: StateFile, source: _Source) -> Iterator[SourceError]:
        """With several environments the files of the others are not in this tree."""
        if len(file.data) != 1:
            return
        env = next(iter(file.data))
        try:
            targets = top_targets(file, env)
        except CompileError as error:
            if source.plain(error.at):
                yield error
            return
        for target in targets:
            if source.plain(target.at):
                yield from self._target(target, env, source)

    def _target(self, target: TopTarget, env: Value, source: _Source) -> Iterator[SourceError]:
        try:
            parse_target(target.expression, kind=target.kind, at=target.at)
        except SourceError as error:
            yield error
        for entry in target.files:
            if entry.observe and not self._states:
                yield observed_settings(entry)
            if entry.env != env or entry.ignore_missing or not source.plain(entry.at):
                continue
            if self._missing(entry.sls):
                yield missing_file(entry, self._what, self.prefix)

    def _includes(self, file: StateFile, source: _Source, name: str) -> Iterator[SourceError]:
        try:
            included = includes(file, name)
        except CompileError as error:
            if source.plain(error.at):
                yield error
            return
        for include in included:
            own = include.env == file.env  # files of other environments are not in this tree
            if own and source.plain(include.at) and self._missing(include.sls):
                yield missing_include(include.sls, include.at, self._root.names())

    def _missing(self, sls: str) -> bool:
        return not WILDCARDS & set(sls) and self._root.find(sls) is None


def _same(errors: list[SourceError]) -> bool:
    first = errors[0]
    return all(error.message == first.message and error.at == first.at for error in errors)


def _malformed(file: StateFile) -> Iterator[SourceError]:
    """Yield what is wrong with ids, one error each."""
    extend = file.data.get("extend")
    groups: list[tuple[Mapping[Value, Value], tuple[str, ...]]] = [(file.data, ())]
    if isinstance(extend, Mapping):
        groups.append((extend, ("extend",)))
    for data, path in groups:
        for id_, body in data.items():
            if path or id_ not in RESERVED:
                try:
                    declarations(file, {id_: body}, *path)
                except CompileError as error:
                    yield error
