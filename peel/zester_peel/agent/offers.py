"""What templates are offered on a peel."""

from __future__ import annotations

from zester.templating.providers import Providers
from zester_peel.agent.python_file import run_python


def offers() -> Providers:
    """Return the functions of this machine, and Python in the tree's own files."""
    # Imported when something is rendered: an idle peel has no use for them.
    from zester.templating.functions.machine.table import MACHINE

    return Providers(machine=MACHINE, python=run_python)
