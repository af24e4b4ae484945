"""``zester role remove``."""

from __future__ import annotations

import click

from zester.bus.jobs.roles import list_roles, put_role
from zester.cli.console.context import Context, trust_option
from zester.cli.fleet.operator import Operator, with_operator
from zester.errors import KeyNotFound
from zester.resources.jobs.role import Role
from zester.trust.tiers import Tier


@click.command()
@click.argument("name")
@trust_option
def remove(name: str, context: Context) -> None:
    """Take a role away. Without any role left every operator may give all commands."""

    async def work(publisher: Operator) -> None:
        known = await list_roles(publisher.bus, publisher.verifier)
        if name not in {each.value.name for each in known}:
            raise KeyNotFound(f"there is no role {name!r}", hint="`zester role list` lists them")
        gone = Role(name=name, revision=1, removed=True)
        await put_role(publisher.bus, publisher.verifier, publisher.signer, gone)

    with_operator(context, work, Tier.PUBLISHER)
    click.echo(f"role {name} removed")
