"""What other sources of the environment have: beside it our files must make sense."""

from __future__ import annotations

from collections.abc import Mapping

from zester.bus.link.connection import Bus
from zester.compiler.tree_options import TREE_FILE
from zester.dataclass import dataclass
from zester.errors import InvalidHead
from zester.resources.manifest import FileEntry
from zester.trees.fetch import manifest_from_bus, read_file
from zester.trees.heads import Heads
from zester.trees.overlay import Layer, overlay
from zester.trust.verifier import Verifier

READABLE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Beside:
    """``files`` by path; only what the checks read has content. ``layers`` are the sources."""

    files: Mapping[str, bytes]
    layers: tuple[Layer, ...]


class Neighbours:
    """Reads the sources of one environment; a manifest that is known is not read again."""

    def __init__(self, bus: Bus, env: str) -> None:
        self._bus = bus
        self._env = env
        self._manifests: dict[str, Mapping[str, FileEntry]] = {}
        self._texts: dict[str, bytes] = {}

    async def beside(self, source: str, verifier: Verifier) -> Beside:
        """Return what all sources but one have; raises BusUnavailable."""
        good, _ = await Heads(self._bus, verifier).of_env(self._env)
        heads = {name: head.value for name, head in good.items()}
        known = {head.manifest for head in heads.values()}
        self._manifests = {each: self._manifests[each] for each in known & self._manifests.keys()}
        layers = []
        for name, head in sorted(heads.items()):
            if name == source:
                continue
            if head.manifest not in self._manifests:
                try:
                    found = await manifest_from_bus(self._bus, head)
                except InvalidHead:
                    continue  # nobody can follow it either
                self._manifests[head.manifest] = found.files
            layers.append(Layer(name, head.priority, self._manifests[head.manifest]))
        files = overlay(layers).files
        options = files.get(TREE_FILE)
        texts = {TREE_FILE: await self.text(options)} if options is not None else {}
        return Beside({path: texts.get(path, b"") for path in files}, tuple(layers))

    async def text(self, entry: FileEntry) -> bytes:
        """Return the content of a small file; raises BlobUnavailable, BusUnavailable."""
        if entry.size > READABLE or entry.sealed is not None:
            return b""
        known = self._texts.get(entry.digest)
        if known is None:
            known = b"".join([part async for part in read_file(self._bus, entry)])
            self._texts[entry.digest] = known
        return known
