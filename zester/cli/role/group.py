"""``zester role``: list, apply, remove."""

from __future__ import annotations

from zester.cli.console.entry import LazyGroup

VERBS = {
    "apply": ("zester.cli.role.apply:apply", "Make or change the roles of a file."),
    "list": ("zester.cli.role.list:list_", "List the roles."),
    "remove": ("zester.cli.role.remove:remove", "Take a role away."),
}

role = LazyGroup(
    "role",
    VERBS,
    "Who may give which commands to whom. Without any role every operator may give all.",
)
