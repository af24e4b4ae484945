"""What the keyring holds of a scope, and how far a master takes it up."""

from __future__ import annotations

import time
from dataclasses import dataclass

from zester.bus.records import Record, Records
from zester.errors import (
    ExpiredSigner,
    InvalidDocument,
    RevokedSigner,
    UnknownSigner,
    Untrusted,
)
from zester.resources.sealing.scope_keys import ScopeKeys
from zester.trees.sealed.keyring import read_scope_keys
from zester.trust.envelope import read_envelope
from zester_controller.grants.authority import GrantAuthority


@dataclass(frozen=True, slots=True)
class StoredKeys:
    """Keys as they are stored; what nobody vouches for any more opens older content only."""

    keys: ScopeKeys
    vouched: bool


@dataclass(frozen=True, slots=True)
class Remains:
    """What is left of keys whose entry cannot be read.

    A new generation is to be above ``after`` as well: nobody knows which were lost.
    """

    keys: ScopeKeys | None
    after: int


def read_stored(record: Record, authority: GrantAuthority) -> StoredKeys | None:
    """Return what a record holds, None when it is not what a master once wrote there."""
    try:
        return StoredKeys(read_scope_keys(record, authority.verifier), vouched=True)
    except (RevokedSigner, UnknownSigner, ExpiredSigner):
        pass  # once a master; the signature is good
    except (Untrusted, InvalidDocument):
        return None
    try:
        keys = ScopeKeys.decode(read_envelope(record.value).payload)
    except InvalidDocument:
        return None
    return StoredKeys(keys, vouched=False) if keys.scope == record.key else None


async def find_remains(records: Records, authority: GrantAuthority, scope: str) -> Remains:
    """Look for the newest keys among the versions that the server still has of an entry.

    Without any, generations go on with the minutes since 1970: that is more than were ever counted.
    Raises BusUnavailable, BusRefused.
    """
    newest: ScopeKeys | None = None
    lost = False
    async for record in records.versions(scope):
        lost = True
        stored = read_stored(record, authority)
        if stored is None:
            continue
        if newest is None or stored.keys.newest.generation >= newest.newest.generation:
            newest = stored.keys
    return Remains(newest, int(time.time() // 60) if lost and newest is None else 0)
