"""The tree of a namespace as it should be, with what it was made from."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import field, replace

from zester.dataclass import dataclass
from zester.resources.manifest import FileEntry, Wish
from zester_controller.mirror.plan.candidate import Candidate, is_object, is_orphan, plural_of
from zester_controller.mirror.plan.files import Surroundings, files_of
from zester_controller.mirror.plan.losses import too_many
from zester_controller.mirror.plan.problem import Problem

Problems = Mapping[str, Problem]
"""By the uid of the object."""


@dataclass(frozen=True, slots=True)
class Fresh:
    """A file as an object says now."""

    data: bytes = field(repr=False)
    origin: str
    wishes: tuple[Wish, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """``fresh`` files are written anew; ``carried`` ones stay as they are published.

    ``conflicts`` are the paths, by uid, that another object has with a higher priority. ``removed``
    are the origins of which nothing is left. ``owners`` maps a path to who has it.
    """

    fresh: Mapping[str, Fresh]
    carried: Mapping[str, FileEntry]
    problems: Problems
    conflicts: Mapping[str, tuple[str, ...]]
    removed: frozenset[str]
    owners: Mapping[str, str]

    @property
    def paths(self) -> frozenset[str]:
        return frozenset(self.fresh) | frozenset(self.carried)


@dataclass(frozen=True, slots=True)
class Ground:
    """What a draft starts from: ``previous`` are the files that are published.

    ``complete`` are the kinds of which every object is known; ``keep`` names origins that must not
    go now, whatever the objects say; ``orphaning`` uids whose files stay. ``tops`` are the texts of
    the published top files: what they name may be gone meanwhile.
    """

    previous: Mapping[str, FileEntry]
    complete: Collection[str]
    keep: Collection[str] = ()
    orphaning: Collection[str] = ()
    tops: Mapping[str, bytes] = field(default_factory=dict, repr=False)


def draft_of(
    candidates: Sequence[Candidate],
    ground: Ground,
    where: Surroundings,
    known: Problems,
    spoiled: Collection[str] = (),
) -> Draft:
    """Put the files of all objects together.

    What ``known`` names stays as it is published, except ``spoiled`` paths.
    """
    problems = dict(known)
    claims: list[tuple[Candidate | None, str, Fresh | FileEntry]] = []
    stays: dict[str, Candidate] = {}
    going: dict[str, Candidate] = {}
    for each in candidates:
        if each.deleting:
            going[each.origin] = each
            continue
        if each.problem is not None:
            problems.setdefault(each.uid, each.problem)
        if each.uid not in problems and not each.suspended and each.resource is not None:
            made = files_of(each.resource, where)
            problem = made.problem or too_many(each, ground.previous, made.files)
            if problem is None:
                claims += [
                    (each, path, Fresh(data, each.origin, made.wishes))
                    for path, data in made.files.items()
                ]
                continue
            problems[each.uid] = problem
        stays[each.origin] = each
    present = {each.origin for each in candidates}
    for path, entry in ground.previous.items():
        kept = _kept(entry, ground, stays, going, present)
        if kept is not None and path not in spoiled:
            claims.append((stays.get(entry.origin), path, kept))
    before = {path: each for path, each in ground.previous.items() if path not in spoiled}
    return _settle(claims, before, problems)


def _kept(
    entry: FileEntry,
    ground: Ground,
    stays: Mapping[str, Candidate],
    going: Mapping[str, Candidate],
    present: Collection[str],
) -> FileEntry | None:
    """Return a published file that stays although no object says so now."""
    origin = entry.origin
    gone = going.get(origin)
    if gone is not None and (gone.orphans or gone.uid in ground.orphaning):
        return replace(entry, origin=gone.orphaned, wishes=_lasting(entry.wishes))
    if origin in stays or origin in ground.keep or is_orphan(origin):
        return entry
    ghost = origin not in present
    return entry if ghost and plural_of(origin) not in {None, *ground.complete} else None


def _lasting(wishes: tuple[Wish, ...]) -> tuple[Wish, ...]:
    """Return what files still ask for that outlive their object: what they made stays as well."""
    return tuple(wish for wish in wishes if wish != "prune")


def _settle(
    claims: list[tuple[Candidate | None, str, Fresh | FileEntry]],
    previous: Mapping[str, FileEntry],
    problems: Problems,
) -> Draft:
    """Give each path to the one with the highest priority, then to who has it, then the oldest."""

    def rank(claim: tuple[Candidate | None, str, Fresh | FileEntry]) -> tuple[object, ...]:
        who, path, file = claim
        owned = path in previous and previous[path].origin == file.origin
        born = str(who.metadata.get("creationTimestamp", "")) if who else "~"
        return (-(who.priority if who else -1), not owned, born, file.origin, path)

    taken: dict[str, Fresh | FileEntry] = {}
    folders: dict[str, str] = {}
    conflicts: dict[str, list[str]] = {}
    for who, path, file in sorted(claims, key=rank):
        above = _folders(path)
        clash = next((other for other in (path, *above) if other in taken), None)
        if clash is None and path in folders:
            clash = folders[path]
        if clash is not None:
            if who is not None and taken[clash].origin != file.origin:
                other = "/".join(taken[clash].origin.split("/")[:2])
                conflicts.setdefault(who.uid, []).append(f"{path} is in {other} as well")
            continue
        taken[path] = file
        folders.update(dict.fromkeys(above, path))
    there = {file.origin for file in taken.values()}
    before = {entry.origin for entry in previous.values() if is_object(entry.origin)}
    kept = {file.origin for file in taken.values() if is_orphan(file.origin)}
    return Draft(
        {path: file for path, file in taken.items() if isinstance(file, Fresh)},
        {path: file for path, file in taken.items() if isinstance(file, FileEntry)},
        problems,
        {uid: tuple(found) for uid, found in conflicts.items()},
        frozenset(
            origin for origin in before - there if f"orphan/{origin.rpartition('/')[0]}" not in kept
        ),
        {path: file.origin for path, file in taken.items()},
    )


def _folders(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]
