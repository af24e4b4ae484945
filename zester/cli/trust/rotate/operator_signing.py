"""The second step of another operator's signing key: with the running servers' consent only."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import anyio

from zester.bus.server.accounts import account_token
from zester.bus.server.signers import believed_signers
from zester.cli.trust.revoke import revoked_peels
from zester.cli.trust.servers import Servers, open_servers
from zester.errors import SettingsError
from zester.trust.disk.operator_signing import (
    change_operator_signing,
    end_operator_signing,
    next_signing,
    signed_anew,
)
from zester.trust.disk.realm_folder import RealmFolder

TRIES = 5


def finish_operator_signing(realm: RealmFolder) -> Iterator[str]:
    """Have every account signed by the new key, then make the configuration that knows no other.

    Yields what was done. A server that does not know the new key would refuse all accounts at its
    next start: while there is one, or one whose accounts are not signed anew, raises SettingsError
    and may be called again. Raises BusUnavailable.
    """
    envs = tuple(realm.ledger.environments)
    key = next_signing(realm)
    anyio.run(_ask_servers, realm, envs[0], key)
    for _ in range(TRIES):
        change_operator_signing(realm, {env: revoked_peels(realm, env) for env in envs})
        old = [account for env in envs for account in anyio.run(_tell, realm, env)]
        if not old:
            break
    else:
        raise SettingsError(
            f"account {old[0]} is signed by the old key again and again",
            hint="a master writes revocations all the time; finish again in a minute",
        )
    end_operator_signing(realm)
    yield f"every account is signed by {key}"


async def _ask_servers(realm: RealmFolder, env: str, key: str) -> None:
    async with open_servers(realm, env) as servers:
        for each in await believed_signers(servers.system):
            if key not in each.keys:
                raise SettingsError(
                    f"server {each.name} does not know the new key",
                    hint=f"bring its nats-server.conf of {realm.folder} to it and start it again; "
                    "a reload is not enough",
                )


async def _tell(realm: RealmFolder, env: str) -> list[str]:
    """Send what is new; return the accounts that are still signed by the old key."""
    async with open_servers(realm, env) as servers:
        await servers.publish()
        return [account async for account in _old(servers)]


async def _old(servers: Servers) -> AsyncIterator[str]:
    realm = servers.realm
    for account in (realm.ledger.system, realm.realm.keys(servers.env).nodes.public):
        token = await account_token(servers.system, account)
        if token is None or not signed_anew(realm, token.text):
            yield account
