"""``zester trust issue``: credentials for one more master, publisher, operator or viewer."""

from __future__ import annotations

from pathlib import Path

import click

from zester.cli.console.context import env_option
from zester.cli.console.output import stamp
from zester.cli.trust.options import lifetime_option, realm_argument
from zester.cli.trust.passphrase import open_realm
from zester.trust.disk.issuing import ISSUED, Wish
from zester.trust.disk.issuing import issue as hand_out
from zester.trust.tiers import Tier


@click.command()
@realm_argument
@click.argument("tier", type=click.Choice([tier.value for tier in ISSUED]))
@click.argument("name")
@env_option
@click.option(
    "--to",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Where the trust folder is made or added to. Default: DIR/issued/ENV/NAME.",
)
@lifetime_option
def issue(
    folder: Path, tier: str, name: str, env: str, to: Path | None, lifetime: float | None
) -> None:
    """Give NAME the credentials of a TIER, as a trust folder that is ready to use.

    publisher pushes trees, operator enrols and looks, viewer looks, master runs the master. A
    publisher called kube/CLUSTER moves only what the objects of that cluster say.
    """
    realm = open_realm(folder)
    place = (to or realm.folder / "issued" / env / name).absolute()
    users = hand_out(realm, [Wish(env, Tier(tier), name, place, lifetime)])
    until = f", until {stamp(users[0].expires)}" if users[0].expires else ""
    click.echo(f"{name} is a {tier} of {env}{until}: {place}")
    if tier == Tier.MASTER:
        click.echo(f"  zester-master run --trust {place}")
    else:
        click.echo(f"  bring that folder to {name} by a safe way; it is used with --trust")
