"""The ids and names that state files declare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from fnmatch import fnmatchcase

from zester.compiler.checks.lint.outline import as_pattern, opaque, texts
from zester.compiler.checks.lint.source import Source
from zester.compiler.state_root import WILDCARDS
from zester.dataclass import dataclass

ANY = "*"


@dataclass(frozen=True, slots=True)
class Declared:
    """``words`` maps ids and names to the state modules they are declared with, ``globs`` does so
    for those that come out of expressions; ``dynamic``: there may be any others."""

    words: Mapping[str, Set[str]]
    globs: Mapping[str, Set[str]]
    dynamic: bool

    @classmethod
    def of(cls, parts: Iterable[Declared]) -> Declared:
        """Return all of them together."""
        words: dict[str, set[str]] = {}
        globs: dict[str, set[str]] = {}
        dynamic = False
        for part in parts:
            dynamic = dynamic or part.dynamic
            for whole, some in ((words, part.words), (globs, part.globs)):
                for word, modules in some.items():
                    whole.setdefault(word, set()).update(modules)
        return cls(words, globs, dynamic)

    def has(self, module: str, target: str) -> bool:
        """Return whether something is meant; no module means any, a target may be a glob."""
        if _is(module, self.words.get(target)):
            return True
        if not WILDCARDS & set(target):
            return False
        return any(
            _is(module, modules)
            for word, modules in self.words.items()
            if fnmatchcase(word, target)
        )

    def may_have(self, module: str, target: str) -> bool:
        """Return whether something may be meant, for all that can be told."""
        if self.dynamic or self.has(module, target):
            return True
        wild = bool(WILDCARDS & set(target))
        return any(
            _is(module, modules) and (wild or fnmatchcase(target, glob))
            for glob, modules in self.globs.items()
        )


def _is(module: str, modules: Set[str] | None) -> bool:
    return modules is not None and (not module or module in modules or ANY in modules)


def declared_in(source: Source) -> Declared:
    """Return what a state file declares in any of its shapes."""
    words: dict[str, set[str]] = {}
    globs: dict[str, set[str]] = {}
    for word, module in _declarations(source):
        # a glob may as well be an id with a star in it
        words.setdefault(word, set()).add(module)
        if WILDCARDS & set(word):
            globs.setdefault(word, set()).add(module)
    dynamic = not source.outlines or any(outline.dynamic for outline in source.shapes())
    return Declared(words, globs, dynamic)


def _declarations(source: Source) -> Iterator[tuple[str, str]]:
    for outline in source.shapes():
        for call in (*outline.calls, *outline.extensions):
            module = ANY if opaque(call.state) else call.state
            yield as_pattern(call.id), module
            for argument in call.arguments:
                if argument.name in ("name", "names"):
                    for word in texts(argument.value):
                        yield word, module
            if not call.complete:
                yield ANY, module
