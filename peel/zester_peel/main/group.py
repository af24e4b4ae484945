"""The verbs of ``zester-peel``, loaded when they are used."""

from __future__ import annotations

import click

from zester import __version__
from zester.cli.console.entry import LazyGroup

VERBS = {
    "apply": ("zester_peel.main.apply:apply", "Converge this machine to a folder, no server."),
    "call": ("zester_peel.main.calling.call:call", "Run a function here, as salt-call does."),
    "enroll": ("zester_peel.main.enroll:enroll", "Ask a master to let this machine in."),
    "facts": ("zester_peel.main.facts:facts", "Print this machine's facts."),
    "show": ("zester_peel.main.show:show", "Print what this machine has to be."),
    "run": ("zester_peel.main.run:run", "Run the agent."),
}

group = LazyGroup("zester-peel", VERBS, "The agent of Zester, one for each managed machine.")
click.version_option(__version__, prog_name="zester-peel")(group)
