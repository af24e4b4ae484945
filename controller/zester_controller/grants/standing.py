"""What a peel was granted last."""

from __future__ import annotations

import logging

from zester.bus.buckets import GRANTS
from zester.bus.keys import make_key
from zester.bus.records import Record
from zester.bus.signed import place_of, stored_at
from zester.dataclass import dataclass
from zester.errors import InvalidDocument, Untrusted
from zester.resources.sealing.grants import Grants
from zester.trust.verifier import Verifier

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """A grant as it is stored; ``names`` are the scopes, hashed."""

    revision: int
    serial: int
    mark: str
    names: frozenset[str]


def read_standing(record: Record, verifier: Verifier) -> Standing:
    """Read a stored grant; what is not a master's word looks empty, and so is replaced."""
    nothing = Standing(record.revision, 0, "", frozenset())
    try:
        place = place_of(GRANTS, record.key)
        verified = verifier.open(record.value, place, stored=stored_at(record))
        grants = Grants.decode(verified.payload)
    except (Untrusted, InvalidDocument) as error:
        log.warning("grant is replaced", extra={"key": record.key, "reason": error.reason})
        return nothing
    if make_key(grants.id) != record.key:
        return nothing
    return Standing(record.revision, grants.serial, grants.mark, frozenset(grants.scopes))
