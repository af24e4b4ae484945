"""``zester-peel``: the only place that knows every room of the peel."""

from __future__ import annotations

import gc

_GARBAGE = 100_000
"""Objects after which to look for circles; a command ends before there are many."""


def main() -> None:
    """Run the command line."""
    gc.set_threshold(_GARBAGE)
    # Imported here: the agent lives in this package too and has no use for a command line.
    from zester.cli.console.entry import run
    from zester_peel.main.group import group

    run(group)
