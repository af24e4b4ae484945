"""``zester trust leaf``: a server near the machines of one site."""

from __future__ import annotations

from pathlib import Path

import click

from zester.cli.console.context import env_option
from zester.cli.console.verb import Verb
from zester.cli.trust.options import offline_option, realm_argument
from zester.cli.trust.passphrase import open_realm
from zester.cli.trust.publish import tell_servers_or_say
from zester.trust.address import PORT
from zester.trust.disk.leaves import NewLeaf, add_leaf
from zester.trust.disk.realm_folder import RealmFolder
from zester.trust.disk.server_folder import CONFIG
from zester.trust.disk.topology import LEAF_PORT


@click.command(cls=Verb, exits={1: "error, or the servers could not be told"})
@realm_argument
@click.argument("name")
@env_option
@click.option(
    "--host",
    "hosts",
    multiple=True,
    required=True,
    help="A name or address under which the site's machines reach it; repeatable.",
)
@click.option(
    "--listen", default=f"0.0.0.0:{PORT}", show_default=True, help="Where the server listens."
)
@click.option(
    "--server-dir",
    type=click.Path(path_type=Path),
    help="Where DIR/leaves/NAME will be on the server. Default: where it is made.",
)
@offline_option
def leaf(
    folder: Path,
    name: str,
    env: str,
    hosts: tuple[str, ...],
    listen: str,
    server_dir: Path | None,
    offline: bool,
) -> None:
    """Make DIR/leaves/NAME: what a leaf site's server needs, and its account at the hub.

    Machines of the site enrol and work with that server alone; it calls the hub. It has copies of
    what peels read. After its first start `zester trust publish DIR` makes them.
    """
    realm = open_realm(folder)
    first = not realm.ledger.leaves
    place = str(server_dir.absolute()) if server_dir else None
    made = add_leaf(realm, NewLeaf(name, env, hosts, listen, place))
    click.echo(f"{name} is a leaf site of {env}: {made}")
    if first:
        _tell_listener(realm)
    click.echo(
        f"  bring {made} to the site by a safe way, `nats-server -c {place or made}/{CONFIG}`, "
        f"then `zester trust publish {realm.folder}`"
    )
    if not offline:
        raise SystemExit(0 if tell_servers_or_say(realm, env) else 1)


def _tell_listener(realm: RealmFolder) -> None:
    hub = [each.path / CONFIG for each in realm.servers if each.path.parent.name != "leaves"]
    click.echo(
        f"  the hub listens for sites on port {LEAF_PORT} from now on: bring "
        f"{', '.join(str(path) for path in hub)} to the servers and restart them, one at a time"
    )
