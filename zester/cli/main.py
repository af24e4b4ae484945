"""``zester``: one verb = one small file, loaded when it is used."""

from __future__ import annotations

import click

from zester import __version__
from zester.cli.console.entry import LazyGroup, run
from zester.cli.console.leaving import leaving_at_once
from zester.cli.console.verb import FLEET, USUAL, told

VERBS = {
    "audit": ("zester.cli.job.audit:audit", "Tell who had what done where, and with what result."),
    "cat": ("zester.cli.cat:cat", "Print a file of a tree."),
    "dev": ("zester.cli.dev.group:dev", "Run a whole Zester on this machine, without root."),
    "decrypt": ("zester.cli.settings.decrypt:decrypt", "Open an encrypted value of settings."),
    "diff": ("zester.cli.diff:diff", "Show what differs between two revisions."),
    "encrypt": ("zester.cli.settings.encrypt:encrypt", "Encrypt a value for a settings file."),
    "enroll": ("zester.cli.enroll.group:enroll", "Decide which machines are peels."),
    "facts": ("zester.cli.facts.group:facts", "What peels published of their machines."),
    "forget": ("zester.cli.forget:forget", "Remove what silent peels reported."),
    "get": ("zester.cli.get:get", "Download a tree into a folder."),
    "history": ("zester.cli.history:history", "List the revisions of a source."),
    "job": ("zester.cli.job.group:job", "Jobs that were given before."),
    "lint": ("zester.cli.lint:lint", "Tell what is wrong with a folder, offline."),
    "ls": ("zester.cli.ls:ls", "List the files of a tree."),
    "maintenance": (
        "zester.cli.maintenance.show:maintenance",
        "Show which peels may be changed, and which not.",
    ),
    "mode": ("zester.cli.maintenance.mode:mode", "Put right what differs, or only report it."),
    "push": ("zester.cli.push:push", "Push a folder; peels converge to it."),
    "rekey": ("zester.cli.settings.rekey:rekey", "Replace the keys of settings files."),
    "render": ("zester.cli.render.command:render", "Print the low state of a folder, offline."),
    "resume": ("zester.cli.maintenance.resume:resume", "End a suspension."),
    "role": ("zester.cli.role.group:role", "Who may give which commands to whom."),
    "rollback": ("zester.cli.rollback:rollback", "Make an old revision current again."),
    "trust": ("zester.cli.trust.group:trust", "Make and keep keys, credentials, certificates."),
    "suspend": ("zester.cli.maintenance.suspend:suspend", "Leave machines alone for a while."),
    "status": ("zester.cli.status:status", "Show how the peels are."),
    "window": ("zester.cli.maintenance.window:window", "When machines may be changed."),
}

group = LazyGroup(
    "zester",
    VERBS,
    "Configuration management that keeps reconciling.\n\n"
    f"Exit codes: {told({**USUAL, **FLEET})}.\n\n"
    "zester TARGET MODULE.FUNCTION … gives a command to the fleet: zester '*' test.ping",
    otherwise=("zester.cli.fleet.call:call", "Give a command to the fleet."),
)
click.version_option(__version__, prog_name="zester")(group)


def main() -> None:
    """Run the command line."""
    with leaving_at_once():
        run(group)


if __name__ == "__main__":
    main()
