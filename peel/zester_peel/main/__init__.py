"""``zester-peel``: the only place that knows every room of the peel."""

from __future__ import annotations

import gc
import os

_GARBAGE = 100_000
"""Objects after which to look for circles; a command ends before there are many."""


def main() -> None:
    """Run the command line."""
    gc.set_threshold(_GARBAGE)
    # Looking for plugins reads about every package of the machine's Python: a tenth of a short run.
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
    # Imported here: the agent lives in this package too and has no use for a command line.
    from zester.cli.console.leaving import leaving_at_once

    with leaving_at_once():
        from zester.cli.console.entry import run
        from zester.telemetry.redaction.crashes import conceal_crashes
        from zester.telemetry.redaction.vault import Vault
        from zester_peel.main.group import group

        vault = Vault()
        conceal_crashes(vault)
        run(group, vault)
