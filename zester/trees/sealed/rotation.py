"""Flag scopes whose keys somebody has who must not have the next ones."""

from __future__ import annotations

from collections.abc import Iterable

from zester.bus.buckets import GRANTS, KEYRING
from zester.bus.keys import make_key
from zester.bus.link.connection import Bus
from zester.bus.records import Record, Records
from zester.bus.signed import place_of, stored_at
from zester.errors import InvalidDocument, RevisionConflict, Untrusted
from zester.resources.sealing.grants import Grants
from zester.trees.sealed.keyring import read_scope_keys
from zester.trees.sealed.scopes import hashed_scope
from zester.trust.envelope import Signer
from zester.trust.verifier import Verifier

TRIES = 5


async def flag_granted(bus: Bus, signer: Signer, verifier: Verifier, node: str) -> int:
    """Flag every scope that a node was granted: the next push seals with new keys.

    Call it before the node's grants are purged. Returns how many scopes are flagged; a node without
    readable grants has none. Raises BusUnavailable, RevisionConflict.
    """
    record = await Records(bus, GRANTS).get(make_key(node))
    names = set() if record is None else granted_scopes(record, verifier, node)
    if not names:
        return 0
    wanted = [
        entry.key
        async for entry in Records(bus, KEYRING, timeout=30.0).scan("*.*")
        if hashed_scope(entry.key) in names
    ]
    return await flag_scopes(bus, signer, verifier, wanted)


def granted_scopes(record: Record, verifier: Verifier, node: str) -> set[str]:
    """Return the hashed scopes of a stored grant, none when it cannot be believed."""
    try:
        verified = verifier.open(
            record.value, place_of(GRANTS, record.key), stored=stored_at(record)
        )
        grants = Grants.decode(verified.payload)
    except (Untrusted, InvalidDocument):
        return set()
    return set(grants.scopes) if grants.id == node else set()


async def flag_scopes(bus: Bus, signer: Signer, verifier: Verifier, scopes: Iterable[str]) -> int:
    """Flag scopes for rotation; raises RevisionConflict, BusUnavailable, Untrusted."""
    records = Records(bus, KEYRING)
    flagged = 0
    for scope in scopes:
        for attempt in range(TRIES):
            record = await records.get(scope)
            keys = None if record is None else read_scope_keys(record, verifier)
            if record is None or keys is None or keys.rotate:
                break
            document = keys.model_copy(update={"rotate": True})
            data = signer.sign(place_of(KEYRING, scope), document.encode())
            try:
                await records.update(scope, data, record.revision)
            except RevisionConflict:
                if attempt == TRIES - 1:
                    raise
                continue
            flagged += 1
            break
    return flagged
