"""What the keyring holds of a scope, and how far a master takes it up."""

from __future__ import annotations

import time
from enum import IntEnum

from zester.bus.records import Record, Records
from zester.dataclass import dataclass
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

SANE_GENERATION = 2**30
"""More are never made; keys of a stranger that say so would use up the numbers that are left."""


class Standing(IntEnum):
    """Who vouches for stored keys: a master, one of before, or somebody who may never have been.

    Only the first ones are sealed with. The others open what was sealed before; a stranger's are
    taken when there is nothing else: they may be those of a signing key that was given up.
    """

    STRANGER = 0
    ONCE = 1
    MASTER = 2


@dataclass(frozen=True, slots=True)
class StoredKeys:
    """Keys as they are stored."""

    keys: ScopeKeys
    standing: Standing


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
        return StoredKeys(read_scope_keys(record, authority.verifier), Standing.MASTER)
    except (RevokedSigner, ExpiredSigner):
        standing = Standing.ONCE
    except UnknownSigner:
        standing = Standing.STRANGER
    except (Untrusted, InvalidDocument):
        return None
    try:
        keys = ScopeKeys.decode(read_envelope(record.value).payload)
    except InvalidDocument:
        return None
    if keys.scope != record.key or keys.newest.generation >= SANE_GENERATION:
        return None
    return StoredKeys(keys, standing)


async def find_remains(records: Records, authority: GrantAuthority, scope: str) -> Remains:
    """Look for the newest keys among the versions that the server still has of an entry.

    Without any, generations go on with the minutes since 1970: that is more than were ever counted.
    Raises BusUnavailable, BusRefused.
    """
    best: StoredKeys | None = None
    lost = False
    async for record in records.versions(scope):
        lost = True
        found = read_stored(record, authority)
        if found is not None and (best is None or _rank(found) >= _rank(best)):
            best = found
    if best is not None:
        return Remains(best.keys, 0)
    return Remains(None, int(time.time() // 60) if lost else 0)


def _rank(stored: StoredKeys) -> tuple[bool, int]:
    return stored.standing is not Standing.STRANGER, stored.keys.newest.generation
