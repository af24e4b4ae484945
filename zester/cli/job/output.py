"""``zester job output``."""

from __future__ import annotations

import json

import click

from zester.bus.jobs.finding import read_history, read_output
from zester.cli.console.context import Context, trust_option
from zester.cli.console.output import write_bytes
from zester.cli.fleet.operator import Operator, with_operator
from zester.errors import KeyNotFound


@click.command()
@click.argument("jid")
@click.argument("peel")
@trust_option
def output(jid: str, peel: str, context: Context) -> None:
    """Print the result of one peel whole: text as it is, anything else as JSON."""

    async def work(operator: Operator) -> object:
        history = await read_history(operator.bus, operator.verifier, jid)
        returned = history.returns.get(peel)
        if returned is None:
            raise KeyNotFound(f"{peel} has not answered job {jid}")
        if returned.large is None:
            return returned.value
        data = await read_output(operator.bus, returned.jid, peel, returned.large)
        return json.loads(data)

    value = with_operator(context, work)
    text = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
    write_bytes(f"{text}\n".encode())
