"""``zester trust publish``: the servers hold what the folder says."""

from __future__ import annotations

from pathlib import Path

import anyio
import click

from zester.cli.trust.options import realm_argument
from zester.cli.trust.passphrase import open_realm
from zester.cli.trust.servers import open_servers
from zester.errors import BusUnavailable, ZesterError
from zester.trust.disk.realm_folder import RealmFolder


@click.command()
@realm_argument
def publish(folder: Path) -> None:
    """Send accounts and trust bundles that the running servers do not have yet.

    Also finishes a change of DIR that was cut short.
    """
    realm = open_realm(folder)
    for env in realm.ledger.environments:
        tell_servers(realm, env)


def tell_servers(realm: RealmFolder, env: str) -> None:
    """Bring the servers to what the folder says, and say what was done; raises ZesterError."""

    async def run() -> list[str]:
        async with open_servers(realm, env) as servers:
            return await servers.publish()

    done = anyio.run(run)
    click.echo(f"{env}: {', '.join(done) or 'the servers have everything'}")


def tell_servers_or_say(realm: RealmFolder, env: str) -> bool:
    """As ``tell_servers``; when they cannot be told, say what is still to do and return False."""
    try:
        tell_servers(realm, env)
    except ZesterError as error:
        unreached = isinstance(error, BusUnavailable)
        click.echo(
            f"{env}: {'the servers were not reached' if unreached else 'not on the servers'}: "
            f"{error}\n  the folder has the change; `zester trust publish {realm.folder}` "
            "tells the servers",
            err=True,
        )
        return False
    return True
