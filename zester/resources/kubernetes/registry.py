"""The table of the kinds that Zester has in a cluster."""

from __future__ import annotations

from zester.resources.kubernetes.kind import CustomKind
from zester.resources.kubernetes.kinds.command import COMMAND
from zester.resources.kubernetes.kinds.enrollment import ENROLLMENT
from zester.resources.kubernetes.kinds.git_source import GIT_SOURCE
from zester.resources.kubernetes.kinds.peel import PEEL
from zester.resources.kubernetes.kinds.reactor_rule import REACTOR_RULE
from zester.resources.kubernetes.kinds.rollout import ROLLOUT
from zester.resources.kubernetes.kinds.settings import SETTINGS
from zester.resources.kubernetes.kinds.state_tree import STATE_TREE
from zester.resources.kubernetes.kinds.top_assignment import TOP_ASSIGNMENT

CUSTOM_KINDS: tuple[CustomKind, ...] = (
    STATE_TREE,
    TOP_ASSIGNMENT,
    SETTINGS,
    GIT_SOURCE,
    PEEL,
    ENROLLMENT,
    COMMAND,
    ROLLOUT,
    REACTOR_RULE,
)
