"""What the mirror needs of whoever watches a cluster for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, Protocol

from zester.dataclass import dataclass
from zester.errors import ZesterError

Body = Mapping[str, Any]
"""An object as the server sent it. Nobody changes it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing a watch told: an object as it is now, or as it was when it went (``gone``)."""

    plural: str
    body: Body
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """All objects of a kind as of one moment, ``version``."""

    items: tuple[Body, ...]
    version: str


@dataclass(frozen=True, slots=True)
class Scope:
    """Which namespaces; none named: all of the cluster."""

    namespaces: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        return not self.namespaces

    @property
    def spaces(self) -> tuple[str | None, ...]:
        """What has to be asked for, one after the other; None is everything."""
        return self.namespaces or (None,)


class Watcher(Protocol):
    """Who is told, in the event loop of whoever runs the watch."""

    def listed(self, plural: str, namespace: str | None, listing: Listing | None) -> None:
        """Take up a whole list; None: the cluster has no such kind."""

    def seen(self, seen: Seen) -> None:
        """Take up one change since."""

    def heard(self, plural: str) -> None:
        """Take notice that the cluster tells of a kind (again)."""

    def failed(self, plural: str, error: ZesterError) -> None:
        """Take notice that nothing is heard of a kind for now."""


class ClusterWatch(Protocol):
    """Tells what is and what changes. May tell too often."""

    async def run(self, plurals: Sequence[str], watcher: Watcher) -> NoReturn:
        """Watch these kinds until cancelled, whatever the cluster does."""
