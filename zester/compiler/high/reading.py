"""What the state files of a node were read as, and whether they still come to the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from zester.compiler.environments import Environments
from zester.compiler.state_file import UnparsedFile
from zester.dataclass import dataclass
from zester.errors import At, SourceError


@dataclass(frozen=True, slots=True)
class Include:
    """A state file that another one includes."""

    env: str
    sls: str
    at: At


@dataclass(frozen=True, slots=True)
class Reading:
    """One state file; ``mark`` tells what it comes to, None when that cannot be told.

    ``wishes`` is what the file asks for.
    """

    env: str
    sls: str
    name: str
    mark: bytes | None
    includes: tuple[tuple[str, str], ...]
    wishes: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, name: str, file: UnparsedFile, includes: Sequence[Include], wishes: tuple[str, ...]
    ) -> Reading:
        """Return what a file was read as."""
        named = tuple((include.env, include.sls) for include in includes)
        return cls(file.env, file.sls, name, file.mark, named, wishes)


def read_the_same(
    known: Sequence[Reading], assigned: Sequence[tuple[str, str]], environments: Environments
) -> bool:
    """Render the state files anew; return whether all are what they were, in the same order.

    ``assigned`` are the environments and names that it begins with. What is rendered stays in the
    session: it is not rendered again by whoever goes on from there.
    """
    if any(reading.mark is None for reading in known):
        return False
    try:
        return _Again(iter(known), environments).all(assigned)
    except SourceError:
        return False  # it is met again, where it can be told


class _Again:
    """One look, in the order in which files are added to a high state."""

    def __init__(self, known: Iterator[Reading], environments: Environments) -> None:
        self._known = known
        self._environments = environments
        self._seen: set[tuple[str, str]] = set()

    def all(self, assigned: Sequence[tuple[str, str]]) -> bool:
        return all(self._found(*each) for each in assigned) and next(self._known, None) is None

    def _found(self, env: str, sls: str) -> bool:
        name = self._environments.root(env).find(sls)
        return name is not None and self._same(env, sls, name)

    def _same(self, env: str, sls: str, name: str) -> bool:
        if (env, sls) in self._seen:
            return True
        self._seen.add((env, sls))
        known = next(self._known, None)
        if known is None or (known.env, known.sls, known.name) != (env, sls, name):
            return False
        if self._environments.rendered(env, sls, name).mark != known.mark:
            return False
        if self._environments.wishes(env, name) != known.wishes:
            return False
        return all(
            self._found(include, match)
            for include, pattern in known.includes
            for match in self._environments.root(include).matching(pattern)
        )
