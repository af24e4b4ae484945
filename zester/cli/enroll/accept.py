"""``zester enroll accept``: let machines in."""

from __future__ import annotations

import click

from zester.bus.link.connection import Bus
from zester.cli.console.context import Context, trust_option, with_bus
from zester.cli.enroll.register import Register
from zester.resources.enrollment.decisions import accepted
from zester.resources.enrollment.enrollment import Enrollment
from zester.resources.nodes.labels import parse_labels
from zester.trust.tiers import Tier


@click.command()
@click.argument("nodes", nargs=-1, required=True, metavar="ID…")
@click.option("--label", "labels", multiple=True, metavar="KEY=VALUE", help="What they become.")
@click.option("--no-labels", is_flag=True, help="Take all labels away.")
@click.option("--key", metavar="U…", help="Of several keys that ask for one id, the right one.")
@trust_option
def accept(
    nodes: tuple[str, ...],
    labels: tuple[str, ...],
    no_labels: bool,
    key: str | None,
    context: Context,
) -> None:
    """Let the machines called ID in, or give peels other labels.

    Compare the key that `zester enroll show` prints with the one on the machine first. Labels given
    here replace all that there were; without any they stay.
    """
    if labels and no_labels:
        raise click.UsageError("--label and --no-labels contradict each other")
    if key is not None and len(nodes) > 1:
        raise click.UsageError("--key is for one ID")
    new = parse_labels(labels) if labels or no_labels else None

    def change(record: Enrollment) -> Enrollment:
        return accepted(record, new, key)

    async def work(bus: Bus) -> None:
        register = await Register.open(bus, context)
        for node in nodes:
            record = await register.change(node, change)
            told = "".join(f" {name}={value}" for name, value in record.labels.items())
            click.echo(f"{node} accepted{told}")

    with_bus(context, work, (Tier.OPERATOR,))
