"""``zester enroll``: which machines are let in."""

from __future__ import annotations

from zester.cli.console.entry import LazyGroup

VERBS = {
    "accept": ("zester.cli.enroll.accept:accept", "Let machines in, or give them other labels."),
    "forget": ("zester.cli.enroll.forget:forget", "Remove what is kept of machines that are out."),
    "list": ("zester.cli.enroll.list:list_machines", "List machines: waiting, in, out."),
    "reject": ("zester.cli.enroll.reject:reject", "Say no to machines that wait."),
    "revoke": ("zester.cli.enroll.revoke:revoke", "Cut peels off, at once and for good."),
    "show": ("zester.cli.enroll.show:show", "Show everything about one machine."),
    "token": ("zester.cli.enroll.token.group:token", "Make and list join tokens."),
}

enroll = LazyGroup(
    "enroll",
    VERBS,
    "Decide which machines are peels.\n\n"
    "A machine asks with `zester-peel enroll`. With a join token it is let in at once, without one "
    "it waits here until somebody says yes.",
)
