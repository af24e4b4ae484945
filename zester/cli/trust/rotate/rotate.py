"""``zester trust rotate``: other keys and certificates under a running fleet."""

from __future__ import annotations

from pathlib import Path

import click

from zester.cli.console.context import env_option
from zester.cli.console.verb import Verb
from zester.cli.trust.options import offline_option, realm_argument
from zester.cli.trust.passphrase import open_realm
from zester.cli.trust.publish import tell_servers_or_say
from zester.cli.trust.revoke import revoked_peels, signed_places, some
from zester.cli.trust.rotate.operator_signing import finish_operator_signing
from zester.errors import SettingsError
from zester.trust.disk import changing
from zester.trust.disk.operator_signing import begin_operator_signing
from zester.trust.disk.realm_folder import RealmFolder
from zester.trust.disk.server_folder import CONFIG
from zester.trust.tiers import CONTROL, Tier

SERVER, CA, KEY, ACCOUNTS = "server", "ca", "signing-key", "accounts"
OPERATOR = "operator-signing"


@click.command(cls=Verb, exits={1: "error, or the servers could not be told"})
@realm_argument
@click.argument("what", type=click.Choice([SERVER, CA, KEY, ACCOUNTS, OPERATOR]))
@click.argument("tier", required=False, type=click.Choice([tier.value for tier in Tier]))
@env_option
@click.option("--finish", is_flag=True, help="The second step: the old one counts no longer.")
@click.option("--force", is_flag=True, help="Finish although the old key signed what is in force.")
@offline_option
def rotate(
    folder: Path,
    what: str,
    tier: str | None,
    env: str,
    finish: bool,
    force: bool,
    offline: bool,
) -> None:
    """Replace WHAT: the server's certificate, the authority, a tier's signing key, the accounts.

    server: a new certificate by the newest authority; copy DIR/server and reload the servers.
    ca: a new authority beside the old one; when every peel has the bundle: `rotate DIR server`,
    reload, `rotate DIR ca --finish`. signing-key TIER: new users get the new key; --finish shuts
    out those of the old one. accounts: sign them anew, for what a newer Zester lets tiers do.
    operator-signing: the key with which masters sign the account of peels; servers are started
    again after each step, masters get DIR/masters after each.
    """
    if (what == KEY) is (tier is None):
        raise click.UsageError(f"{KEY} needs a TIER, the others take none")
    if finish and what not in (CA, KEY, OPERATOR):
        raise click.UsageError(f"{what} is one step: there is nothing to finish")
    if what == SERVER:
        realm = open_realm(folder)
        changing.rotate_server(realm)
        _tell_reload(realm)
        return
    realm = open_realm(folder, root=True)
    if what == OPERATOR:
        _operator_signing(realm, finish, offline)
        return
    envs = (env,) if what == KEY else tuple(realm.ledger.environments)
    if what == CA:
        _authority(realm, finish)
    elif what == ACCOUNTS:
        changing.renew_accounts(realm, {each: revoked_peels(realm, each) for each in envs})
    else:
        if finish and not force:
            _refuse_while_in_use(realm, env, Tier(tier or ""))
        _signing_key(realm, env, Tier(tier or ""), finish)
    if not offline:
        raise SystemExit(0 if all([tell_servers_or_say(realm, each) for each in envs]) else 1)


def _authority(realm: RealmFolder, finish: bool) -> None:
    if finish:
        if not changing.server_has_newest(realm):
            raise SettingsError(
                "the server's certificate is still signed by the old authority",
                hint=f"`zester trust rotate {realm.folder} {SERVER}`, and reload the servers first",
            )
        changing.finish_authority(realm)
        click.echo("the old authority is believed no longer")
        return
    changing.rotate_authority(realm)
    click.echo(
        "both authorities are believed now. When every peel has the newest bundle (a minute while "
        f"connected): `zester trust rotate {realm.folder} {SERVER}`, reload the servers, then "
        f"`zester trust rotate {realm.folder} {CA} --finish`"
    )


def _refuse_while_in_use(realm: RealmFolder, env: str, tier: Tier) -> None:
    retired = realm.realm.keys(env).retired
    old = {key for key, each in retired.items() if each is tier}
    places = signed_places(realm, env, tier, old) if old else []
    if places:
        raise SettingsError(
            f"the old signing key of tier {tier} still vouches for {some(places)}",
            hint="let somebody with new credentials sign it anew (push the tree again); if the old "
            "key was stolen, --force refuses at once whatever it signed",
        )


def _signing_key(realm: RealmFolder, env: str, tier: Tier, finish: bool) -> None:
    peels = {} if tier in CONTROL else revoked_peels(realm, env)
    if finish:
        changing.finish_signing(realm, env, tier, peels)
        click.echo(f"{env}: tokens of the old {tier} key are refused")
        return
    changing.rotate_signing(realm, env, tier, peels)
    click.echo(f"{env}: new {tier} tokens are signed by a new key; old ones count until --finish")
    if tier in (Tier.PEEL, Tier.BOOTSTRAP):
        click.echo(
            f"  copy {realm.master(env)}/{tier}-signing.seed to the masters and restart them; "
            "peels change over as they renew, within a day",
            err=True,
        )


def _operator_signing(realm: RealmFolder, finish: bool, offline: bool) -> None:
    folders = ", ".join(str(each.path) for each in realm.servers)
    again = (
        f"bring {CONFIG} of {folders} to the servers and start them again, one after the other "
        "(a reload is not enough)"
    )
    if not finish:
        begin_operator_signing(realm)
        click.echo(
            f"the servers are to know a new key as well: {again}; copy {realm.folder}/masters/ENV/"
            f"operator-signing*.seed to the masters and restart them; then `zester trust rotate "
            f"{realm.folder} {OPERATOR} --finish`"
        )
        return
    if offline:
        raise click.UsageError("--finish has to ask the servers: it cannot be done --offline")
    for line in finish_operator_signing(realm):
        click.echo(line)
    click.echo(
        f"the old key counts until the servers know the new one alone: {again}, and copy "
        f"{realm.folder}/masters/ENV/operator-signing.seed to the masters, without "
        "operator-signing-next.seed"
    )


def _tell_reload(realm: RealmFolder) -> None:
    for each in realm.servers:
        click.echo(
            f"{each.path}/server.pem is new. Bring it and server.key to {each.place} "
            "on the server, then `nats-server --signal reload`"
        )
