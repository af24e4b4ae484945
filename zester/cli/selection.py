"""Pick a tree on the bus: one source's revision, or what an environment comes to."""

from __future__ import annotations

from zester.bus.link.connection import Bus
from zester.errors import KeyNotFound
from zester.resources.head import Head
from zester.resources.manifest import FileEntry
from zester.trees.fetch import manifest_from_bus
from zester.trees.heads import Heads
from zester.trees.overlay import Layer, overlay
from zester.trust.verifier import Verifier


async def head_at(
    bus: Bus, verifier: Verifier, env: str, source: str, revision: int | None
) -> Head:
    """Return a kept head, the newest for None; raises KeyNotFound, Untrusted."""
    heads = Heads(bus, verifier)
    if revision is None:
        entry = await heads.get(env, source)
        if entry is not None:
            return entry.value
    else:
        for entry in await heads.history(env, source):
            if entry.value.revision == revision:
                return entry.value
    shown = "" if revision is None else f" revision {revision}"
    raise KeyNotFound(
        f"there is no {env}/{source}{shown} on the bus",
        hint=f"`zester history --env {env} --source {source}` lists what is kept",
    )


async def select_files(
    bus: Bus, verifier: Verifier, env: str, source: str | None, revision: int | None
) -> dict[str, tuple[str, FileEntry]]:
    """Return ``{path: (source, entry)}``; without a source the overlay of all.

    Raises KeyNotFound, and what is wrong with a head.
    """
    if source is not None or revision is not None:
        head = await head_at(bus, verifier, env, source or "cli", revision)
        manifest = await manifest_from_bus(bus, head)
        return {path: (source or "cli", entry) for path, entry in manifest.files.items()}
    good, bad = await Heads(bus, verifier).of_env(env)
    for error in bad.values():
        raise error
    if not good:
        raise KeyNotFound(f"nothing was pushed to {env}", hint="`zester push DIR` makes a tree")
    layers = [
        Layer(name, entry.value.priority, (await manifest_from_bus(bus, entry.value)).files)
        for name, entry in good.items()
    ]
    owners = {
        path: layer.source
        for layer in sorted(layers, key=lambda layer: (layer.priority, layer.source))
        for path in layer.files
    }
    return {path: (owners[path], entry) for path, entry in overlay(layers).files.items()}
