"""``zester trust lint``: what is wrong with a realm, or will be before long."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import anyio
import click

from zester.cli.console.findings import exit_code, show_findings
from zester.cli.console.output import dump
from zester.cli.console.problems import report
from zester.cli.console.verb import Verb
from zester.cli.trust.finding import Finding
from zester.cli.trust.folder_rules import check_folder
from zester.cli.trust.options import realm_argument
from zester.cli.trust.server_rules import check_servers
from zester.errors import ZesterError
from zester.trust.disk.ledger import Ledger
from zester.trust.disk.realm_folder import read_ledger


@click.command(cls=Verb, exits={1: "errors or warnings", 2: "could not look"})
@realm_argument
@click.option("--offline", is_flag=True, help="Look at the folder only, not at the servers.")
@click.option(
    "-o",
    "--output",
    "fmt",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="Output format.",
)
def lint(folder: Path, offline: bool, fmt: str) -> None:
    """Tell what is wrong with DIR and whether the servers hold what it says.

    Needs no passphrase.
    """
    try:
        ledger = read_ledger(folder)
        findings = [*check_folder(folder, ledger)]
    except ZesterError as error:
        report(error)
        raise SystemExit(2) from error
    if not offline:
        findings += anyio.run(_ask, folder, ledger)
    if fmt == "json":
        dump([asdict(finding) for finding in findings], fmt)
    else:
        show_findings(findings)
    raise SystemExit(exit_code(findings))


async def _ask(folder: Path, ledger: Ledger) -> list[Finding]:
    found: list[Finding] = []
    for env in ledger.environments:
        found += await check_servers(folder, ledger, env)
    return found
