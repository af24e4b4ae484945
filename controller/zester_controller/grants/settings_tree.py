"""What the master knows of the settings of its environment: who needs what, never a value."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from zester.bus.link.connection import Bus
from zester.compiler.assigned.needs import SettingsNeeds, needed
from zester.compiler.assigned.nodegroups import FILE as NODEGROUPS
from zester.compiler.assigned.top import is_top
from zester.compiler.checks.sealing import References
from zester.compiler.roots import find_roots
from zester.dataclass import dataclass
from zester.resources.document import canonical_json
from zester.resources.head import Head
from zester.resources.manifest import FileEntry
from zester.templating.recorded import RecordedFiles
from zester.trees.fetch import manifest_from_bus, read_file
from zester.trees.heads import Heads
from zester.trees.overlay import Layer, overlay
from zester.trees.sealed.opened import OpenedFiles, sealed_of
from zester_controller.grants.authority import GrantAuthority
from zester_controller.grants.keyring import KeyringMaker
from zester_controller.grants.keys import OpenedKeys

MAX_READABLE = 16 * 1024 * 1024
"""Bytes of the top file and what it imports; more is not read."""


@dataclass(frozen=True, slots=True)
class SettingsTree:
    """``entries`` are the files below the settings root.

    ``shape`` is equal for two trees that grant the same to everybody: contents of sealed files do
    not count, but for those that the top file itself is made from.
    """

    entries: Mapping[str, FileEntry]
    needs: SettingsNeeds | None
    shape: str

    @property
    def scopes(self) -> frozenset[str]:
        """Every scope of a sealed file."""
        return frozenset(entry.sealed.scope for entry in self.entries.values() if entry.sealed)

    def opens_with(self, keys: OpenedKeys) -> bool:
        """Return whether these keys open every sealed file."""
        sealed = (entry.sealed for entry in self.entries.values() if entry.sealed)
        return all(keys.find(each.scope, each.generation) for each in sealed)


class SettingsTrees:
    """Reads the newest tree of one environment; the same heads give the very same tree."""

    def __init__(self, bus: Bus, maker: KeyringMaker) -> None:
        self._bus = bus
        self._maker = maker
        self._heads: dict[str, Head] | None = None
        self._files: dict[str, tuple[str, Mapping[str, FileEntry]]] = {}
        self._tree: SettingsTree | None = None

    async def newest(self, authority: GrantAuthority, keys: OpenedKeys) -> SettingsTree | None:
        """Return the tree, None when nothing was ever pushed.

        A source whose head is bad or gone stays as it was; where that is not known nobody must lose
        what was granted for it. Raises BusUnavailable, InvalidDocument, Untrusted.
        """
        good, bad = await Heads(self._bus, authority.verifier).of_env(authority.env)
        heads = {**(self._heads or {}), **{source: each.value for source, each in good.items()}}
        unknown = next((error for source, error in bad.items() if source not in heads), None)
        if unknown is not None:
            raise unknown
        if not heads:
            return None
        if self._tree is not None and heads == self._heads:
            return self._tree
        layers = []
        for source, head in heads.items():
            known = self._files.get(source)
            if known is None or known[0] != head.manifest:
                found = (await manifest_from_bus(self._bus, head)).files
                known = self._files[source] = (head.manifest, _settings_of(found))
            layers.append(Layer(source, head.priority, known[1]))
        self._tree = await self._read(overlay(layers).files, authority, keys)
        self._heads = heads
        return self._tree

    async def _read(
        self, entries: Mapping[str, FileEntry], authority: GrantAuthority, keys: OpenedKeys
    ) -> SettingsTree:
        content = {path: b"" for path in entries}
        root = find_roots(RecordedFiles(_Memory(content))).settings
        if root is None:
            return SettingsTree({}, None, "")
        entries = {p: e for p, e in entries.items() if p.startswith(root) or p == NODEGROUPS}
        readable = [path for path in entries if is_top(path.removeprefix(root))]
        readable += [NODEGROUPS] if NODEGROUPS in entries else []
        content = {path: await self._content(entries[path]) for path in readable}
        search = References(
            RecordedFiles(_Memory({**dict.fromkeys(entries, b""), **content})), root
        )
        refs = [ref for path in readable if path != NODEGROUPS for ref in search.of(path)]
        always = needed(entries, refs)
        scopes = [each.scope for path in always if (each := entries[path].sealed) is not None]
        if scopes:
            keys.learn(await self._maker.get(scopes))
        for path in always:
            content[path] = await self._content(entries[path])
        files = OpenedFiles(
            _Memory({**content}, tuple(sorted(entries))),
            sealed_of(entries),
            keys,
            missing="the masters' key was replaced: run `zester rekey`",
        )
        needs = SettingsNeeds(files, entries, root, env=authority.env, always=always)
        return SettingsTree(entries, needs, _shape(entries, root, {*readable, *always}))

    async def _content(self, entry: FileEntry) -> bytes:
        if entry.size > MAX_READABLE:
            return b""
        return b"".join([part async for part in read_file(self._bus, entry)])


class _Memory:
    """Files that are held here; ``paths`` may name more than that."""

    def __init__(self, content: Mapping[str, bytes], paths: tuple[str, ...] | None = None) -> None:
        self._content = content
        self._paths = tuple(sorted(content)) if paths is None else paths

    def read(self, path: str) -> bytes | None:
        return self._content.get(path)

    def paths(self) -> tuple[str, ...]:
        return self._paths


def _settings_of(files: Mapping[str, FileEntry]) -> dict[str, FileEntry]:
    """Leave out what no grant depends on: the states may be very many."""
    root = find_roots(RecordedFiles(_Memory(dict.fromkeys(files, b"")))).settings
    return {
        path: entry
        for path, entry in files.items()
        if (root is not None and path.startswith(root)) or path == NODEGROUPS
    }


def _shape(entries: Mapping[str, FileEntry], root: str, read: set[str]) -> str:
    told = {
        path: [
            entry.digest if path in read else "",
            [entry.sealed.scope, *sorted(entry.sealed.refs)] if entry.sealed else [],
        ]
        for path, entry in entries.items()
    }
    return hashlib.sha256(canonical_json([root, told])).hexdigest()
