"""Makes keys of scopes when publishers ask."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress

from zester.bus.buckets import KEYRING
from zester.bus.keys import MAX_KEY, check_filter, split_key
from zester.bus.link.connection import Bus
from zester.bus.records import Record, Records
from zester.bus.signed import place_of
from zester.errors import (
    ExpiredSigner,
    InvalidDocument,
    InvalidKey,
    RevisionConflict,
    RevokedSigner,
    UnknownSigner,
    Untrusted,
)
from zester.resources.ids import parse_name
from zester.resources.sealing.scope_keys import ScopeKeys
from zester.trees.sealed.keyring import read_scope_keys
from zester.trust.envelope import read_envelope
from zester.trust.tokens import read_token
from zester_controller.grants.authority import GrantAuthority
from zester_controller.grants.keys import next_keys

log = logging.getLogger(__name__)

TRIES = 5
AT_ONCE = 500


class KeyringMaker:
    """Writes the bucket ``keyring``; any number of masters may, each key by compare-and-set.

    ``authority`` is asked at each use: it changes when a trust bundle is replaced.
    """

    def __init__(self, bus: Bus, authority: Callable[[], Awaitable[GrantAuthority]]) -> None:
        self._records = Records(bus, KEYRING, timeout=30.0)
        self._authority = authority

    async def make(self, scopes: Iterable[str], *, rotate: bool) -> int:
        """Make what is missing or flagged, of all scopes with ``rotate``; return how many.

        Raises InvalidKey (no scope), Untrusted (what is there is not a master's), BusUnavailable.
        """
        authority = await self._authority()
        wanted = [check_scope(scope) for scope in dict.fromkeys(scopes)]
        made = 0
        for start in range(0, len(wanted), AT_ONCE):
            part = wanted[start : start + AT_ONCE]
            found = await self._records.get_many(part)
            for scope in part:
                made += await self._make(authority, scope, found.get(scope), rotate)
        if made:
            log.info("keys made", extra={"scopes": made, "rotate": rotate})
        return made

    async def renew(self) -> int:
        """Bring every key under the signing key that is in force; return how many were written.

        What a master of another signing key vouches for is signed again, before that key is given
        up. Of what nobody vouches for any more (its signer was revoked) the old keys only open what
        was sealed before: there is a new generation at once.
        """
        authority = await self._authority()
        own = read_token(authority.signer.token).issuer
        written = 0
        async for record in self._records.scan("*.*"):
            document = _renewed(record, authority, own)
            if document is None:
                continue
            data = authority.signer.sign(place_of(KEYRING, record.key), document.encode())
            with suppress(RevisionConflict):  # another master did
                await self._records.update(record.key, data, record.revision)
                written += 1
        if written:
            log.info("keys signed again", extra={"scopes": written})
        return written

    async def _make(
        self, authority: GrantAuthority, scope: str, record: Record | None, rotate: bool
    ) -> int:
        for _ in range(TRIES):
            known = _read(record, authority)
            if known is not None and not (known.rotate or rotate):
                return 0
            document = next_keys(authority.masters, scope, known)
            data = authority.signer.sign(place_of(KEYRING, scope), document.encode())
            try:
                if record is None:
                    await self._records.create(scope, data)
                else:
                    await self._records.update(scope, data, record.revision)
            except RevisionConflict:
                rotate = False  # another master did
                record = await self._records.get(scope)
                continue
            return 1
        raise RevisionConflict(f"the keys of scope {scope} are written by somebody else all along")


def _renewed(record: Record, authority: GrantAuthority, own: str) -> ScopeKeys | None:
    """Return what is to be written in place of a record, None when it may stay."""
    try:
        keys = read_scope_keys(record, authority.verifier)
        current = read_token(read_envelope(record.value).signer).issuer == own
        return None if current else keys
    except (RevokedSigner, UnknownSigner, ExpiredSigner) as error:
        problem = error
    except (Untrusted, InvalidDocument) as error:
        log.error("keys not believed", extra={"key": record.key, "error": error.message})
        return None
    try:
        keys = ScopeKeys.decode(read_envelope(record.value).payload)
    except InvalidDocument:
        return None
    if keys.scope != record.key:
        return None
    log.warning("keys replaced", extra={"key": record.key, "reason": problem.reason})
    return next_keys(authority.masters, keys.scope, keys)


def _read(record: Record | None, authority: GrantAuthority) -> ScopeKeys | None:
    if record is None:
        return None
    try:
        return read_scope_keys(record, authority.verifier)
    except InvalidDocument as error:
        raise Untrusted(f"{error.message}; its keys are not replaced") from error


def check_scope(scope: str) -> str:
    """Return a scope of two tokens; raises InvalidKey."""
    if "*" in scope or ">" in scope or scope.count(".") != 1 or len(scope) > MAX_KEY:
        raise InvalidKey(f"not a scope: {scope[:120]!r}")
    parse_name(split_key(check_filter(scope))[0], "source")
    return scope
