"""Makes the document that gives one peel its keys."""

from __future__ import annotations

import hmac
from collections.abc import Mapping

from zester.bus.buckets import GRANTS
from zester.bus.keys import make_key
from zester.bus.signed import place_of
from zester.dataclass import dataclass
from zester.resources.document import canonical_json
from zester.resources.manifest import FileEntry
from zester.resources.nodes.node_record import NodeRecord
from zester.resources.sealing.grants import GrantedKeys, Grants
from zester.trees.sealed.scopes import hashed_scope
from zester.trust.sealing import BoxKey, box_public_of, seal
from zester.trust.tokens import encode_part
from zester_controller.grants.authority import GrantAuthority
from zester_controller.grants.keys import OpenedKeys

KEPT = 512
"""Sets of keys that are remembered: peels of one kind have the same."""


@dataclass(frozen=True, slots=True)
class KeySet:
    """The keys of some files. ``told`` tells sets apart, ``names`` are the scopes, hashed.

    ``unreadable`` are those, hashed, of files that none of their keys opens: who has an older grant
    can open them with that.
    """

    keys: Mapping[str, Mapping[int, BoxKey]]
    told: bytes
    names: frozenset[str]
    unreadable: frozenset[str]


class GrantMaker:
    """Works out marks and documents for one tree and one state of the keyring."""

    def __init__(
        self, authority: GrantAuthority, entries: Mapping[str, FileEntry], keys: OpenedKeys
    ) -> None:
        self._authority = authority
        self._entries = entries
        self._keys = keys
        self._sets: dict[frozenset[str], KeySet] = {}

    def key_set(self, paths: frozenset[str]) -> KeySet:
        """Return the keys that open these files."""
        known = self._sets.get(paths)
        if known is None:
            sealed = [each for path in paths if (each := self._entries[path].sealed)]
            found = {scope: self._keys.of(scope) for scope in sorted({s.scope for s in sealed})}
            keys = {scope: generations for scope, generations in found.items() if generations}
            told = [[scope, {n: key.public for n, key in keys[scope].items()}] for scope in keys]
            if len(self._sets) >= KEPT:
                self._sets.clear()
            known = self._sets[paths] = KeySet(
                keys,
                canonical_json(told),
                frozenset(map(hashed_scope, keys)),
                frozenset(
                    hashed_scope(each.scope)
                    for each in sealed
                    if each.generation not in found[each.scope]
                ),
            )
        return known

    def mark(self, node: NodeRecord, granted: KeySet) -> str:
        """Return what tells this grant from any other, to masters alone."""
        text = f"{node.id}\n{node.key}\n".encode() + granted.told
        digest = hmac.new(self._authority.marking, text, "sha256").digest()
        return encode_part(digest[:24])

    def document(self, node: NodeRecord, granted: KeySet, serial: int) -> bytes:
        """Return the signed grant; raises InvalidToken when the peel's key is none."""
        keys = {
            scope: {number: encode_part(key.secret) for number, key in generations.items()}
            for scope, generations in granted.keys.items()
        }
        plain = GrantedKeys(id=node.id, keys=keys).encode()
        grants = Grants(
            id=node.id,
            serial=serial,
            scopes=tuple(sorted(granted.names)),
            mark=self.mark(node, granted),
            box=encode_part(seal(box_public_of(node.key), plain)),
        )
        place = place_of(GRANTS, make_key(node.id))
        return self._authority.signer.sign(place, grants.encode())
