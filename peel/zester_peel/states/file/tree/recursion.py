"""Owner and mode of everything in a folder (``recurse`` of ``file.directory``)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated

from pydantic import BeforeValidator

from zester.dataclass import dataclass
from zester.errors import HostError
from zester_peel.engine.fields import read_texts
from zester_peel.host.protocol import Host, HostReader
from zester_peel.states.file.ownership import Ownership
from zester_peel.states.file.place import destination
from zester_peel.states.file.tree.walk import Entry

_WORDS = ("user", "group", "mode", "ignore_files", "ignore_dirs", "silent")


def read_recurse(value: object) -> tuple[str, ...]:
    """Read ``recurse``: what is managed, and what is left out."""
    words = read_texts(value) if value else ()
    for word in words:
        if word not in _WORDS:
            raise ValueError(f"{word!r} is none of {', '.join(_WORDS)}")
    if "ignore_files" in words and "ignore_dirs" in words:
        raise ValueError("ignore_files and ignore_dirs leave nothing: give one of them")
    return words


Recursion = Annotated[tuple[str, ...], BeforeValidator(read_recurse)]


@dataclass(frozen=True, slots=True)
class Inner:
    """The wishes for what is in a folder; None = left alone."""

    folders: Ownership | None
    files: Ownership | None


@dataclass(frozen=True, slots=True)
class Odd:
    """Something in a folder that differs; ``path`` is where a followed link leads."""

    entry: Entry
    path: str
    wish: Ownership
    changes: Mapping[str, str]


def inner(words: Iterable[str], folder: Ownership, file_mode: int | None) -> Inner:
    """Return the wishes for what is in a folder with this wish."""
    given = set(words)
    shared = Ownership(
        user=folder.user if "user" in given else None,
        group=folder.group if "group" in given else None,
        uid=folder.uid if "user" in given else None,
        gid=folder.gid if "group" in given else None,
    )
    modes = (folder.mode, file_mode) if "mode" in given else (None, None)
    folders, files = (
        Ownership(shared.user, shared.group, mode, shared.uid, shared.gid) for mode in modes
    )
    return Inner(
        None if "ignore_dirs" in given else folders, None if "ignore_files" in given else files
    )


async def odd_ones(
    host: HostReader, entries: Iterable[Entry], wishes: Inner, *, follow: bool
) -> tuple[Odd, ...]:
    """Return what differs. Links count as files, and have no mode."""
    found: list[Odd] = []
    for entry in entries:
        path, stat = entry.path, entry.stat
        if stat.kind == "symlink" and follow:
            try:
                path = await destination(host, path)
                there = await host.stat(path)
            except HostError:
                continue  # a link in a circle leads nowhere
            if there is None:
                continue
            stat = there
        wish = wishes.folders if stat.kind == "directory" else wishes.files
        if wish is None:
            continue
        if stat.kind == "symlink":
            wish = Ownership(wish.user, wish.group, None, wish.uid, wish.gid)
        changes = wish.differences(stat)
        if changes:
            found.append(Odd(Entry(entry.path, stat), path, wish, changes))
    return tuple(found)


async def settle_all(host: Host, top: str, odd: Iterable[Odd]) -> None:
    """Give each its owner and mode; links in between are not followed."""
    for each in odd:
        each.wish.demand_known()
        below = top if each.path == each.entry.path else None
        if await host.stat(each.path) is not None:
            await each.wish.settle(host, each.path, each.entry.stat, below=below)


def shown(odd: Iterable[Odd]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield each path with its changes."""
    for each in odd:
        yield each.entry.path, each.changes
