"""``zester role list``."""

from __future__ import annotations

import click

from zester.bus.jobs.roles import list_roles
from zester.bus.link.connection import Bus
from zester.bus.signed import Signed
from zester.cli.console.context import LOOK, Context, trust_option, with_bus
from zester.cli.console.output import dump, output_option, table
from zester.errors import SettingsError
from zester.resources.jobs.role import Role


@click.command("list")
@output_option
@trust_option
def list_(fmt: str, context: Context) -> None:
    """List the roles with whom they are for, what they allow, and who signed them."""

    async def work(bus: Bus) -> list[Signed[Role]]:
        verifier = await context.verifier(bus)
        if verifier is None:
            raise SettingsError("this server has no trust, and no roles")
        return await list_roles(bus, verifier)

    found = with_bus(context, work, LOOK)
    if fmt != "table":
        dump([{**each.value.model_dump(mode="json"), "signer": each.signer} for each in found], fmt)
        return
    rows = [
        (
            each.value.name,
            ", ".join(each.value.identities),
            rule.target,
            ", ".join(rule.functions),
            each.signer,
        )
        for each in found
        for rule in each.value.rules
    ]
    table(("ROLE", "IDENTITIES", "TARGET", "FUNCTIONS", "SIGNED BY"), rows)
