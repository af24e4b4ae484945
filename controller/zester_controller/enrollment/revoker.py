"""Cuts off revoked peels: the servers refuse their keys, also those that are connected now."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence

from zester.bus.link.connection import open_bus
from zester.bus.link.login import FixedLogin
from zester.bus.server.accounts import account_token, replace_account
from zester.errors import KeyNotFound, UnknownSigner
from zester.trust.credentials import Credentials
from zester.trust.nkeys import KeyPair
from zester.trust.tokens import mint
from zester.trust.verifier import SKEW

log = logging.getLogger(__name__)


class Revoker:
    """Keeps the revocations in the account of the peels.

    ``operators`` are the keys that may sign that account, ``pinned`` the operator's public key;
    ``longest`` the seconds after which no token of a revoked key can be good any more.
    """

    def __init__(
        self,
        servers: Sequence[str],
        *,
        system: Credentials,
        operators: Sequence[KeyPair],
        pinned: str,
        longest: float,
    ) -> None:
        self._servers = tuple(servers)
        self._system = system
        self._operators = tuple(operators)
        self._pinned = pinned
        self._longest = longest

    async def apply(
        self, revoked: Mapping[str, int], account: str, authorities: tuple[str, ...]
    ) -> bool:
        """Make the servers refuse every key of ``revoked``; return whether they had to be told.

        Others' revocations stay. Raises BusUnavailable, BusRefused, KeyNotFound, Untrusted.
        """
        login = FixedLogin(self._system, authorities)
        async with open_bus(self._servers, name="master revoker", login=login) as bus:
            token = await account_token(bus, account)
            if token is None:
                raise KeyNotFound(f"the servers do not know the account of the peels, {account}")
            signer = self._signer(token.issuer)
            now = time.time()
            current = _revocations(token.nats.get("revocations"))
            wanted = self._wanted(current, revoked, now)
            if wanted == current:
                return False
            nats = {**token.nats, "revocations": wanted}
            # The servers take only a newer token than the one they have.
            issued = max(now, token.issued + 1)
            fresh = mint(signer, account, token.name, nats, now=issued)
            await replace_account(bus, fresh)
            log.info("revocations told to the servers", extra={"revoked": len(wanted)})
            return True

    def _signer(self, issuer: str) -> KeyPair:
        """Return the key that signed the account: the servers know that one."""
        for key in self._operators:
            if issuer == key.public:
                return key
        if issuer == self._pinned:
            return self._operators[0]
        # What we sign would make somebody else's words ours.
        raise UnknownSigner(
            f"the peels' account is signed by {issuer}",
            hint="was the operator's signing key rotated? copy masters/ENV to this master",
        )

    def _wanted(
        self, current: Mapping[str, int], revoked: Mapping[str, int], now: float
    ) -> dict[str, int]:
        wanted = dict(current)
        for key, moment in revoked.items():
            if moment + self._longest + 4 * SKEW < now:
                wanted.pop(key, None)  # no token of it lives: the list stays short
            else:
                # Clocks differ: also what a master made a moment later by its own clock is void.
                wanted[key] = max(wanted.get(key, 0), moment + 2 * SKEW)
        return wanted


def _revocations(value: object) -> dict[str, int]:
    if not isinstance(value, dict):
        return {}
    return {str(key): int(moment) for key, moment in value.items()}
