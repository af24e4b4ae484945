"""``zester trust revoke``: somebody who may no longer."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path

import anyio
import click

from zester.cli.console.context import env_option
from zester.cli.console.problems import printable
from zester.cli.console.verb import Verb
from zester.cli.trust.options import offline_option, realm_argument
from zester.cli.trust.passphrase import open_realm
from zester.cli.trust.publish import tell_servers_or_say
from zester.cli.trust.servers import open_servers
from zester.errors import BusUnavailable, SettingsError
from zester.trust.disk.changing import NODES_ROLES, revoked_by
from zester.trust.disk.changing import revoke as take
from zester.trust.disk.ledger import SYSTEM, User
from zester.trust.disk.realm_folder import RealmFolder
from zester.trust.disk.topology import LEAF
from zester.trust.tiers import Tier


@click.command(cls=Verb, exits={1: "error, or the servers could not be told"})
@realm_argument
@click.argument("name")
@env_option
@offline_option
def revoke(folder: Path, name: str, env: str, offline: bool) -> None:
    """Revoke the credentials of NAME: live connections are cut, new signatures refused.

    Needs the operator's seed. Peels are revoked with `zester enroll revoke`.
    """
    realm = open_realm(folder, root=True)
    meant = realm.ledger.find(env, name)
    peels = revoked_peels(realm, env) if {user.tier for user in meant} & NODES_ROLES else {}
    take(realm, env, name, peels)
    click.echo(f"{env}: {name} is revoked ({', '.join(sorted({user.tier for user in meant}))})")
    if any(user.tier is Tier.MASTER for user in meant):
        click.echo(
            "  a master also holds keys that admit peels: if they were stolen, rotate the "
            "signing keys of peel and bootstrap as well (docs/trust.md)",
            err=True,
        )
    if offline:
        return
    told = tell_servers_or_say(realm, env)
    if told:
        _name_signed(realm, env, meant)
    raise SystemExit(0 if told else 1)


def revoked_peels(realm: RealmFolder, env: str) -> dict[str, int]:
    """Return the peels that masters revoked: only the servers know them for sure.

    Raises SettingsError when they cannot be asked: what is signed without them would let them in.
    """

    async def run() -> dict[str, int]:
        async with open_servers(realm, env) as servers:
            token = await servers.peels_account()
            return revoked_by(token.text) if token is not None else {}

    try:
        return anyio.run(run)
    except BusUnavailable as error:
        raise SettingsError(
            f"the servers must be asked which peels are revoked: {error.message}",
            hint="this change signs the account of peels anew; try again when they are reachable",
        ) from error


def signed_places(realm: RealmFolder, env: str, tier: Tier, keys: Container[str]) -> list[str]:
    """Return what on the bus is signed by these users or signing keys; raises BusUnavailable."""

    async def run() -> list[str]:
        async with open_servers(realm, env) as servers:
            return await servers.signed(tier, keys)

    return anyio.run(run)


def some(places: list[str]) -> str:
    """Return the first few places, and how many more there are."""
    shown = printable(", ".join(places[:5]))
    return shown if len(places) <= 5 else f"{shown} and {len(places) - 5} more"


def _name_signed(realm: RealmFolder, env: str, meant: tuple[User, ...]) -> None:
    for user in meant:
        if user.tier == SYSTEM or user.tier == LEAF:
            continue
        try:
            places = signed_places(realm, env, user.tier, {user.key})
        except BusUnavailable as error:
            click.echo(f"  could not look what it signed: {error}", err=True)
            continue
        if places:
            click.echo(
                f"  signed by the revoked key: {some(places)}\n"
                "  peels that follow it go on; new ones refuse it. Look at what was signed "
                "(`zester history`, `zester diff`), then push again with other credentials",
                err=True,
            )
