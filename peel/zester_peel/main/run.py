"""``zester-peel run``: the agent."""

from __future__ import annotations

from pathlib import Path

import click

from zester_peel.main.enrolled import load_enrolled
from zester_peel.main.handover import become_agent


@click.command()
@click.option("--config", type=click.Path(path_type=Path), help="Default: /etc/zester/peel.yaml")
@click.option("--id", "id_", help="Default: the id it enrolled with.")
@click.option("--url", metavar="URL[,URL…]", help="Other NATS servers than it enrolled at.")
@click.option("--env", help="Environment to follow. Default: the one it enrolled in.")
@click.option("--root", type=click.Path(path_type=Path), help="Manage files below this folder.")
@click.option("--state-dir", type=click.Path(path_type=Path), help="Default: /var/lib/zester/peel")
@click.option("--probe", help="host:port of health and metrics; empty = none, port 0 = any.")
@click.option("--bus-resync", type=float, help="Seconds between looks at the heads.")
@click.option("--host-resync", type=float, help="Seconds between looks at every state.")
@click.option("--contested-after", type=int, help="Corrections in a minute that mean a fight.")
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="info",
    show_default=True,
    help="Least severe that is logged.",
)
@click.option(
    "--log-style",
    type=click.Choice(["json", "human"]),
    default="json",
    show_default=True,
    help="Lines for machines, or for people.",
)
def run(
    config: Path | None, id_: str | None, log_level: str, log_style: str, **given: object
) -> None:
    """Follow an environment and keep this machine as it says, until SIGTERM."""
    settings = load_enrolled(config, {"id": id_, **given})
    become_agent(settings, log_level, log_style)
