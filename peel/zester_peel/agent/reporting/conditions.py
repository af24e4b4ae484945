"""The peel's conditions: what is true now, why, and since when."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

from zester.resources.nodes.status import MESSAGE_LIMIT, Condition, ConditionType

_ORDER: tuple[ConditionType, ...] = get_args(ConditionType)


class Conditions:
    """A small set of conditions; ``since`` moves only when a status does.

    ``hide`` takes secrets out of their messages.
    """

    def __init__(self, now: float, hide: Callable[[str], str] = str) -> None:
        self._hide = hide
        self._set: dict[ConditionType, Condition] = {}
        self.ready("Unknown", "Starting", "", now)

    def ready(self, status: str, reason: str, message: str, now: float) -> None:
        """Set Ready to ``True``, ``False`` or ``Unknown``."""
        self._put("Ready", status, reason, message, now)

    def raise_(self, kind: ConditionType, reason: str, message: str, now: float) -> None:
        """Set one of the conditions that are there only while true."""
        self._put(kind, "True", reason, message, now)

    def clear(self, kind: ConditionType) -> None:
        """Take a condition away."""
        self._set.pop(kind, None)

    def has(self, kind: ConditionType) -> bool:
        """Return whether a condition is set."""
        return kind in self._set

    def all(self) -> tuple[Condition, ...]:
        """Return the conditions in a fixed order, Ready first."""
        return tuple(self._set[kind] for kind in _ORDER if kind in self._set)

    def _put(self, kind: ConditionType, status: str, reason: str, message: str, now: float) -> None:
        known = self._set.get(kind)
        since = known.since if known is not None and known.status == status else now
        self._set[kind] = Condition.model_validate(
            {
                "type": kind,
                "status": status,
                "reason": reason,
                "message": shorten(self._hide(message)),
                "since": since,
            }
        )


def shorten(message: str) -> str:
    """Cut a message to what a condition may carry."""
    return message if len(message) <= MESSAGE_LIMIT else message[: MESSAGE_LIMIT - 1] + "…"
