"""``zester enroll token``: words that let machines in."""

from __future__ import annotations

from zester.cli.console.entry import LazyGroup

VERBS = {
    "create": ("zester.cli.enroll.token.create:create", "Make a join token and print its word."),
    "delete": ("zester.cli.enroll.token.delete:delete", "Make join tokens worthless."),
    "list": ("zester.cli.enroll.token.list:list_tokens", "List join tokens and their uses."),
}

token = LazyGroup(
    "token",
    VERBS,
    "Make join tokens.\n\n"
    "Whoever has the word may enrol machines as it says: treat it like a password.",
)
