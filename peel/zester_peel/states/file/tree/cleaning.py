"""What is in a folder and should not be."""

from __future__ import annotations

import posixpath
from bisect import bisect_left
from collections.abc import Iterable, Sequence

from zester.errors import StateError
from zester_peel.host.protocol import Host
from zester_peel.states.file.place import resource
from zester_peel.states.file.tree.patterns import Selection
from zester_peel.states.file.tree.walk import Entry


def provided_below(name: str, provided: Sequence[str]) -> tuple[str, ...]:
    """Return the paths below a folder that states provide; ``provided`` is sorted."""
    prefix = resource(name).rstrip("/") + "/"
    found: list[str] = []
    for each in provided[bisect_left(provided, prefix) :]:
        if not each.startswith(prefix):
            break
        found.append(each.removeprefix("path:"))
    return tuple(found)


def superfluous(
    top: str,
    entries: Sequence[Entry],
    *,
    own: Iterable[str],
    others: Iterable[str],
    chosen: Selection,
) -> tuple[str, ...]:
    """Return what has to go, outermost only.

    ``own`` paths stay, folders among them without what is in them; ``others``, which belong to
    other states, stay with all that is in them. Excluded paths stay, and so does what leads there.
    """
    root = top.rstrip("/")
    excluded = [entry.path for entry in entries if chosen.excludes(entry.path[len(root) + 1 :])]
    whole = {_plain(path) for path in others}
    kept: set[str] = set()
    for path in (*map(_plain, own), *whole, *map(_plain, excluded)):
        while path not in kept and path != "/":
            kept.add(path)
            path = posixpath.dirname(path)
    gone: set[str] = set()
    inside: set[str] = set()
    found: list[str] = []
    for entry in entries:
        path = _plain(entry.path)
        above = posixpath.dirname(path)
        if path in whole or above in inside:
            inside.add(path)
        elif above in gone:
            gone.add(path)
        elif path not in kept:
            gone.add(path)
            found.append(entry.path)
    return tuple(found)


async def clean(host: Host, top: str, paths: Iterable[str]) -> None:
    """Remove paths below a folder without following links; raises StateError, HostError."""
    for path in paths:
        await host.remove(path, below=top)
        if await host.stat(path) is not None:
            raise StateError(f"{path} is there again: somebody else writes it")


def _plain(path: str) -> str:
    return resource(path).removeprefix("path:")
