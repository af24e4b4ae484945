"""What the master's settings say about enrolment."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Literal

from zester.dataclass import dataclass

Policy = Literal["manual", "all"]
"""What becomes of a machine without a join token: an operator decides, or everybody is let in."""

HOUR = 3600.0
DAY = 24 * HOUR


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one environment; times in seconds.

    ``allow`` are globs of node ids that need nobody's word. A peel's token lives ``lifetime``; one
    that was away for up to ``grace`` more comes back by itself, a longer absence needs an operator.
    """

    env: str
    policy: Policy = "manual"
    allow: tuple[str, ...] = ()
    lifetime: float = DAY
    grace: float = 30 * DAY

    def allows(self, node: str) -> bool:
        """Return whether a glob of the allow list means a node."""
        return any(fnmatchcase(node, pattern) for pattern in self.allow)

    @property
    def entry_lifetime(self) -> float:
        """How long the token lives with which a peel asks again."""
        return self.lifetime + self.grace
