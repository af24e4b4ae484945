"""Does a migrated tree say the same as before?"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path

from zester.cli.migrate.plan import NEW, OLD, Plan
from zester.cli.migrate.sameness import comparable
from zester.compiler.compile import compile_node
from zester.compiler.roots import find_roots
from zester.compiler.settings.argument import settings_argument
from zester.compiler.state_root import StateRoot
from zester.dataclass import dataclass
from zester.errors import SourceError
from zester.resources.files import Files
from zester.targeting.node import NodeView
from zester.targeting.value import Value
from zester.templating.cache.library import Library
from zester.templating.providers import Providers
from zester.templating.recorded import RecordedFiles
from zester.trees.folder import FolderFiles

TOP = "top"
CONTEXT = 80
"""Characters of a difference that are shown before it."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A state file that would not say what it said; ``name`` is ``top`` for the top file."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Verified:
    """How many state files compile, and fail, alike, and those that do not."""

    same: int
    failing: int
    differences: tuple[Difference, ...]


class PlannedFiles:
    """A folder as it would be."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self._files = FolderFiles(folder)
        self._gone: set[str] = set()
        self._new: dict[str, bytes] = {}
        for file in plan.files:
            if not file.changed:
                continue
            old, new = _inside(folder, file.entry.place), _inside(folder, file.target)
            if old is None or new is None:
                continue
            data = self._files.read(old) if file.link is not None else file.after
            if data is not None:
                self._gone.add(old)
                self._new[new] = data

    def read(self, path: str) -> bytes | None:
        if path in self._new:
            return self._new[path]
        return None if path in self._gone else self._files.read(path)

    def paths(self) -> tuple[str, ...]:
        return tuple(sorted({*self._files.paths()} - self._gone | {*self._new}))


def _inside(folder: Path, place: Path) -> str | None:
    here = place.parent.resolve() / place.name
    root = folder.resolve()
    return here.relative_to(root).as_posix() if root in here.parents else None


class Verification:
    """Compiles every state file of a folder on its own, before and after.

    ``functions`` are execution functions; each gives empty text, nothing is run.
    """

    def __init__(
        self,
        folder: Path,
        facts: Mapping[str, Value],
        settings: Path | None,
        functions: Collection[str],
    ) -> None:
        self._folder = folder
        self._node = NodeView(id=str(facts.get("id", "")), facts=facts)
        self._library = Library()
        self._settings = settings
        self._providers = _stand_ins(functions)

    def check(self, plan: Plan) -> Verified:
        """Compare the two; raises SourceError for settings that do not render."""
        given = None
        if self._settings is not None:
            given = settings_argument(self._settings, self._node, env="base", library=self._library)
        before, after = FolderFiles(self._folder), PlannedFiles(self._folder, plan)
        same = failing = 0
        differences: list[Difference] = []
        for name in _names(before):
            old, worked = self._compiled(before, name, given)
            new, _ = self._compiled(after, name, given)
            if old != new:
                differences.append(Difference(name, *_apart(old, new)))
            elif worked:
                same += 1
            else:
                failing += 1
        return Verified(same, failing, tuple(differences))

    def _compiled(
        self, files: Files, name: str, settings: Mapping[str, Value] | None
    ) -> tuple[list[str], bool]:
        """Return low chunks, or the error, as texts that can be compared."""
        sls = None if name == TOP else [name]
        try:
            compiled = compile_node(
                files,
                self._node,
                sls=sls,
                settings=settings,
                library=self._library,
                providers=self._providers,
            )
        except SourceError as error:
            return [_error(error)], False
        texts = [comparable(chunk.as_salt()) for chunk in compiled.chunks]
        return [*texts, "settings " + comparable(compiled.settings)], True


def _names(files: Files) -> Iterator[str]:
    recorded = RecordedFiles(files)
    root = StateRoot(recorded, find_roots(recorded).states)
    yield from root.names()
    if root.spelled(TOP) is not None:
        yield TOP


def _error(error: SourceError) -> str:
    """Return what is the same for one mistake under both suffixes."""
    text = f"{type(error).__name__} {error}"
    return text.replace(OLD, NEW)


def _apart(old: Sequence[str], new: Sequence[str]) -> tuple[str, str]:
    """Return the first two texts that differ, from shortly before the place where they do."""
    for left, right in zip_longest(old, new, fillvalue="nothing"):
        if left != right:
            pairs = enumerate(zip_longest(left, right))
            start = max(0, next(place for place, (one, two) in pairs if one != two) - CONTEXT)
            return _clipped(left, start), _clipped(right, start)
    return "", ""


def _clipped(text: str, start: int) -> str:
    end = start + 4 * CONTEXT
    return "…" * (start > 0) + text[start:end] + "…" * (end < len(text))


def _stand_ins(functions: Collection[str]) -> Providers:
    execution = {name: _nothing for name in functions}
    return Providers(
        execution=execution, machine={"user.info": _unknown_user, "cmd.has_exec": _no_command}
    )


def _nothing(*args: Value, **options: Value) -> str:
    return ""


def _unknown_user(name: str) -> dict[str, Value]:
    return {}


def _no_command(cmd: str) -> bool:
    return False
