"""Makes keys of scopes when publishers ask."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress

from zester.bus.buckets import KEYRING
from zester.bus.events import tell_event
from zester.bus.keys import MAX_KEY, check_filter, split_key
from zester.bus.link.connection import Bus
from zester.bus.records import Record, Records
from zester.bus.signed import place_of
from zester.errors import BusRefused, BusUnavailable, InvalidKey, RevisionConflict, ZesterError
from zester.resources.document import canonical_json
from zester.resources.ids import parse_source
from zester.resources.sealing.scope_keys import ScopeKeys
from zester.telemetry.metrics import Metrics
from zester.trees.sealed.keyring import Keyring
from zester.trust.envelope import read_envelope
from zester.trust.tokens import read_token
from zester_controller.grants.authority import GrantAuthority
from zester_controller.grants.keys import next_keys
from zester_controller.grants.stored_keys import Remains, Standing, find_remains, read_stored

log = logging.getLogger(__name__)

TRIES = 5
AT_ONCE = 500

HEALED = "zester.event.master/grants.keyring.healed"
"""Where it is told that keys were unreadable; no node can be called that."""


class KeyringMaker:
    """Writes the bucket ``keyring``; any number of masters may, each key by compare-and-set.

    ``authority`` is asked at each use: it changes when a trust bundle is replaced.
    """

    def __init__(
        self, bus: Bus, authority: Callable[[], Awaitable[GrantAuthority]], metrics: Metrics
    ) -> None:
        self._bus = bus
        self._records = Records(bus, KEYRING, timeout=30.0)
        self._authority = authority
        self._metrics = metrics

    async def make(self, scopes: Iterable[str], *, rotate: bool) -> int:
        """Make what is missing or flagged, of all scopes with ``rotate``; return how many.

        What cannot be read counts as missing: the generations that can still be proved are kept,
        and there is a new one. Raises InvalidKey (no scope), BusUnavailable, BusRefused.
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

    async def get(self, scopes: Iterable[str]) -> dict[str, ScopeKeys]:
        """Return the keys of those scopes that have any; what cannot be read is made anew.

        Raises BusUnavailable, BusRefused.
        """
        authority = await self._authority()
        keyring = Keyring(self._bus, authority.verifier)
        bad: dict[str, ZesterError] = {}
        found = await keyring.get(scopes, bad)
        if bad:
            await self.make(bad, rotate=False)
            still: dict[str, ZesterError] = {}
            found.update(await keyring.get(bad, still))
            for scope, error in still.items():
                fields = {"scope": scope, "reason": error.reason, "error": error.message}
                log.warning("keys of a settings file not believed", extra=fields)
        return found

    async def renew(self) -> int:
        """Bring every key under the signing key that is in force; return how many were written.

        What a master of another signing key vouches for is signed again, before that key is given
        up. Of what nobody vouches for any more (its signer was revoked) the old keys only open what
        was sealed before: there is a new generation at once, as of what cannot be read.
        """
        authority = await self._authority()
        own = read_token(authority.signer.token).issuer
        written = 0
        lost: list[str] = []
        async for record in self._records.scan("*.*"):
            stored = read_stored(record, authority)
            if stored is None or stored.standing is not Standing.MASTER:
                lost.append(record.key)
            elif read_token(read_envelope(record.value).signer).issuer != own:
                data = authority.signer.sign(place_of(KEYRING, record.key), stored.keys.encode())
                with suppress(RevisionConflict):  # another master did
                    await self._records.update(record.key, data, record.revision)
                    written += 1
        for scope in lost:
            with suppress(InvalidKey):  # nobody can ask for it either
                written += await self.make([scope], rotate=False)
        if written:
            log.info("keys signed again", extra={"scopes": written})
        return written

    async def _make(
        self, authority: GrantAuthority, scope: str, record: Record | None, rotate: bool
    ) -> int:
        for _ in range(TRIES):
            stored = None if record is None else read_stored(record, authority)
            lost = stored is None or stored.standing is Standing.STRANGER
            if stored is None or lost:
                remains = await find_remains(self._records, authority, scope)
            else:
                good = stored.standing is Standing.MASTER
                if good and not (stored.keys.rotate or rotate):
                    return 0
                remains = Remains(stored.keys, 0)
            document = next_keys(authority.masters, scope, remains.keys, after=remains.after)
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
            if record is not None and lost:
                await self._tell(document)
            return 1
        raise RevisionConflict(f"the keys of scope {scope} are written by somebody else all along")

    async def _tell(self, made: ScopeKeys) -> None:
        """Count and tell that an entry was unreadable."""
        self._metrics.grants_keys_healed.inc()
        kept = [half.generation for half in made.halves[:-1]]
        fields = {"scope": made.scope, "generation": made.newest.generation, "kept": kept}
        log.error("unreadable keys replaced", extra=fields)
        identity = f"keyring-{made.scope}-{made.newest.generation}"
        with suppress(BusUnavailable, BusRefused):  # it is in the log and was counted
            await tell_event(self._bus, HEALED, canonical_json(fields), identity=identity)


def check_scope(scope: str) -> str:
    """Return a scope of two tokens; raises InvalidKey."""
    if "*" in scope or ">" in scope or scope.count(".") != 1 or len(scope) > MAX_KEY:
        raise InvalidKey(f"not a scope: {scope[:120]!r}")
    parse_source(split_key(check_filter(scope))[0])
    return scope
