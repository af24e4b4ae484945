"""What the mirror needs of whoever watches a cluster for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from zester.dataclass import dataclass

Body = Mapping[str, Any]
"""An object as the server sent it. Nobody changes it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing a watch told: an object as it is now, or as it was when it went (``gone``)."""

    plural: str
    body: Body
    gone: bool = False


Deliver = Callable[[Seen], None]
"""Takes what was seen; called in the event loop of whoever runs the watch."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which namespaces; none named: all of the cluster."""

    namespaces: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        return not self.namespaces


class ClusterWatch(Protocol):
    """Tells what changes. May tell too often, and may lose what is gone: the mirror lists."""

    async def run(self, plurals: Sequence[str], deliver: Deliver) -> None:
        """Watch these kinds until cancelled; raises ClusterUnavailable when it cannot go on."""
