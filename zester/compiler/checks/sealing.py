"""Which files of a tree travel sealed, and which others each of them needs."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import field

from zester.compiler.assigned.top import is_top
from zester.compiler.checks.include_names import include_names
from zester.compiler.roots import find_roots
from zester.compiler.settings.include import settings_includes
from zester.compiler.state_file import StateFile, read_state_file
from zester.compiler.state_root import SUFFIXES, StateRoot, state_name
from zester.dataclass import dataclass
from zester.errors import At, SourceError
from zester.resources.files import Files
from zester.templating.documents.document import parse
from zester.templating.documents.json_document import parse_json
from zester.templating.documents.pipe import Pipe, read_pipe
from zester.templating.jinja.environment import SCHEMES
from zester.templating.jinja.skeleton import WORD
from zester.templating.jinja.uses import TemplateUses
from zester.templating.origin import Rendered, Segment
from zester.templating.outline import Outliner
from zester.templating.recorded import RecordedFiles
from zester.templating.renderer import decode, has_jinja

_FILLED = re.compile(WORD + r"\d+")


@dataclass(frozen=True, slots=True)
class SealPlan:
    """``refs`` has each file to be sealed, with the files that rendering it needs.

    Top files stay readable: they say who gets what, never a value. ``top`` are the files that they
    need themselves: every node renders them. ``warnings`` name what cannot be seen from here.
    """

    refs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    top: tuple[str, ...] = ()
    warnings: tuple[SourceError, ...] = ()


def plan_sealing(files: Files) -> SealPlan:
    """Plan for the settings of a tree whose files are readable; changes nothing."""
    recorded = RecordedFiles(files)
    root = find_roots(recorded).settings
    if root is None:
        return SealPlan()
    search = References(recorded, root)
    refs: dict[str, tuple[str, ...]] = {}
    top: tuple[str, ...] = ()
    for path in recorded.below(root):
        found = search.of(path)
        if is_top(path.removeprefix(root)):
            top += found
        else:
            refs[path] = found
    return SealPlan(refs, tuple(dict.fromkeys(top)), tuple(search.warnings))


class References:
    """Finds what settings files include and import, without rendering them."""

    def __init__(self, files: RecordedFiles, root: str) -> None:
        self.warnings: list[SourceError] = []
        self._files = files
        self._prefix = root
        self._root = StateRoot(files, root)
        self._outliner = Outliner(root)
        self._known = frozenset(files.all_paths())

    def of(self, path: str) -> tuple[str, ...]:
        """Return the other settings files that one needs, as far as can be seen."""
        data = self._files.read(path)
        name = path.removeprefix(self._prefix)
        try:
            text = decode(data or b"", path)
            pipe = read_pipe(text, path) if path.endswith(SUFFIXES) else Pipe(True, "yaml")
        except SourceError:
            return ()  # no text: nothing is included
        if pipe.format == "py":
            if "include" in text:
                self._warn(path, 1, "is Python: what it includes cannot be seen")
            return ()
        found: list[str] = []
        jinja = pipe.jinja and has_jinja(text)
        uses = self._outliner.inspect(text, name) if jinja else None
        if uses is not None:
            found += self._imported(path, name, uses[0])
        if path.endswith(SUFFIXES) and "include" in text:
            found += self._included(path, name, text, pipe, jinja)
        return tuple(dict.fromkeys(ref for ref in found if ref != path))

    def _imported(self, path: str, name: str, uses: TemplateUses) -> Iterator[str]:
        for reference in uses.references:
            if reference.path is None:
                self._warn(path, reference.line, "imports a file whose name an expression gives")
                continue
            target = reference.path
            for scheme in SCHEMES:
                target = target.removeprefix(scheme)
            relative = target.split("/", 1)[0] in (".", "..")
            target = posixpath.normpath(
                posixpath.join(posixpath.dirname(name), target) if relative else target
            )
            if self._prefix + target in self._known:
                yield self._prefix + target

    def _included(self, path: str, name: str, text: str, pipe: Pipe, jinja: bool) -> Iterator[str]:
        """Take the names in all shapes the template may have, and from the lines as they stand."""
        sls = state_name(name) or name.rpartition(".")[0]
        for rendered in self._shapes(text, name, jinja):
            try:
                reader = parse_json if pipe.format == "json" else parse
                file = read_state_file(sls, rendered, path, reader, lambda _: None, encrypted=True)
                yield from self._resolved(file, path, name)
            except SourceError:
                continue
        for line, named in include_names(text):
            if named is None:
                self._warn(path, line, "includes a file whose name an expression gives")
                continue
            data: dict[str, object] = {"include": [named]}
            file = StateFile(sls, path, data, _plain(text, name, self._prefix), parse(""))
            try:
                yield from self._resolved(file, path, name)
            except SourceError:
                continue

    def _resolved(self, file: StateFile, path: str, name: str) -> Iterator[str]:
        for include in settings_includes(file, name, self._root):
            if _FILLED.search(include.sls):
                self._warn(path, include.at.line, "includes a file whose name an expression gives")
                continue
            found = self._root.find(include.sls)
            if found is not None:
                yield self._prefix + found
            else:
                # Another source may have it: whichever there is counts.
                stem = self._prefix + include.sls.replace(".", "/")
                yield from (f"{stem}{end}{suffix}" for end in ("", "/init") for suffix in SUFFIXES)

    def _shapes(self, text: str, name: str, jinja: bool) -> Iterator[Rendered]:
        if not jinja:
            return iter((_plain(text, name, self._prefix),))
        try:
            return self._outliner.outline(text, name)
        except SourceError:
            return iter(())

    def _warn(self, path: str, line: int | None, message: str) -> None:
        warning = SourceError(
            message,
            at=At(path, line),
            hint="a node can open what top.zy assigns to it and what those files name plainly",
        )
        if not any(str(known) == str(warning) for known in self.warnings):
            self.warnings.append(warning)


def _plain(text: str, name: str, prefix: str) -> Rendered:
    return Rendered(text, (Segment(0, name, 1, True),), prefix)
