"""Which files of the tree a folder has to hold."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

import anyio.lowlevel

from zester.errors import StateError
from zester_peel.engine.content import Sources
from zester_peel.engine.fields import read_texts
from zester_peel.engine.suggestion import suggest
from zester_peel.states.file.body import Render
from zester_peel.states.file.content.origin import Origin, Source, Wants, origin_of
from zester_peel.states.file.tree.patterns import Selection

_SCHEMES = ("salt://", "zester://")
_SLICE = 100  # files fetched before others get the loop


def read_folders(value: object) -> tuple[str, ...]:
    """Read ``source``: one folder of the tree, or a list of them."""
    found = tuple(each.rstrip("/") for each in read_texts(value))
    for each in found:
        if not each.startswith(_SCHEMES) or not each.partition("://")[2].strip("/"):
            raise ValueError(f"{each!r} is no folder of the tree: salt://path")
    return found


def files_of(
    folders: Iterable[str],
    sources: Sources,
    chosen: Selection,
    *,
    maxdepth: int | None,
    merge: bool,
) -> dict[str, str]:
    """Return relative path → URL of the first folder that exists, or of all of them.

    Raises StateError when none exists.
    """
    found: dict[str, str] = {}
    asked = tuple(folders)
    exists = False
    for url in asked:
        listed = sources.list(url)
        start = len(_in_tree(url)) + 1
        exists = exists or bool(listed)
        for path in listed:
            relative = path[start:]
            if maxdepth is not None and relative.count("/") > maxdepth:
                continue
            if relative in chosen and not _taken(relative, found):
                found[relative] = f"{url}/{relative}"
        if listed and not merge:
            break
    if not exists:
        names = ", ".join(map(_in_tree, asked))
        folders_there = {posixpath.dirname(each) for each in sources.list("salt://")}
        near = suggest(_in_tree(asked[0]), folders_there) if asked else ""
        raise StateError(f"Recurse failed: no file of the tree is below {names}{near}")
    return found


async def origins_of(
    files: Iterable[tuple[str, str]], top: str, sources: Sources, render: Render | None
) -> dict[str, Origin]:
    """Return relative path → origin; raises BlobUnavailable, RenderError."""
    found: dict[str, Origin] = {}
    for number, (relative, url) in enumerate(files):
        wants = Wants(posixpath.join(top, relative))
        found[relative] = await origin_of((Source(url),), sources, render, wants)
        if number % _SLICE == 0:
            await anyio.lowlevel.checkpoint()
    return found


def _taken(relative: str, found: dict[str, str]) -> bool:
    """Tell whether an earlier folder has the path, or a file where this one has a folder."""
    while relative:
        if relative in found:
            return True
        relative = posixpath.dirname(relative)
    return False


def _in_tree(url: str) -> str:
    return url.partition("://")[2].strip("/")
