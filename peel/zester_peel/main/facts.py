"""``zester-peel facts``: what templates see of this machine."""

from __future__ import annotations

from pathlib import Path

import click

from zester.cli.console.output import dump
from zester.errors import KeyNotFound
from zester.targeting.paths import lookup
from zester_peel.facts.collect import Facts, collect_facts, source_below
from zester_peel.facts.custom.files import programs
from zester_peel.facts.identity import default_id

_MISSING = object()


@click.command()
@click.argument("path", default="")
@click.option("--id", "node", help="Default: this machine's fully qualified name.")
@click.option(
    "-o",
    "--output",
    "fmt",
    type=click.Choice(["json", "yaml"]),
    default="yaml",
    show_default=True,
    help="Output format.",
)
def facts(path: str, node: str | None, fmt: str) -> None:
    """Print all facts, or the one at PATH (``os:family``, ``network.ipv4``)."""
    found = collect_quickly(node or default_id(), Path("/"))
    for collector, problem in found.problems.items():
        click.echo(f"warning: facts of {collector} are incomplete: {problem}", err=True)
    value = lookup(found.values, path, _MISSING) if path else dict(found.values)
    if value is _MISSING:
        raise KeyNotFound(f"there is no fact {path!r}", hint="`zester-peel facts` lists all")
    if isinstance(value, str | int | float) and fmt == "yaml":
        click.echo(str(value))  # a lone value is for a shell, without YAML's marks around it
    else:
        dump(value, fmt)


def collect_quickly(node: str, root: Path) -> Facts:
    """Collect the facts of the machine below ``root``.

    An event loop, half of a short run, is made only where programs have to be asked.
    """
    if not programs(source_below(node, root)):
        return collect_facts(node, root)
    import anyio

    from zester_peel.facts.custom.programs import collect_all_facts
    from zester_peel.host.linux import LinuxHost

    return anyio.run(collect_all_facts, node, LinuxHost(root))
