"""``zester-peel``: the only place that knows every room of the peel."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    # Imported here: the agent lives in this package too and has no use for a command line.
    from zester.cli.console.entry import run
    from zester_peel.main.group import group

    run(group)
