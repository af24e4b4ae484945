"""The contract of a reconciler."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Protocol, TypeVar

from zester.dataclass import dataclass

KeyT = TypeVar("KeyT", bound=Hashable, contravariant=True)


@dataclass(frozen=True, slots=True)
class Requeue:
    """Look again in ``after`` seconds, whatever happens until then."""

    after: float


class Reconciler(Protocol[KeyT]):
    """Make the world as it should be for one key.

    Level-triggered: looks at what is, never at the event that led here; safe to run twice.
    Raises TransientError (looked at again after ``retry_after`` or the back-off) or TerminalError
    (again with the back-off, because the world may change).
    """

    async def reconcile(self, key: KeyT) -> Requeue | None: ...
