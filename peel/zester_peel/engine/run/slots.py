"""Places in which a state may be applied: few, shared by many machines."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol

from zester.dataclass import dataclass

WAIT = 300.0
LONGEST_WAIT = 86_400
MOST = 10_000
LONGEST_KEY = 100


@dataclass(frozen=True, slots=True)
class Share:
    """``limit`` machines at once may do what goes by ``key``; ``wait`` is how long to wait, in
    seconds."""

    key: str
    limit: int
    wait: float = WAIT


class Slots(Protocol):
    """Gives places, and takes them back."""

    def hold(self, share: Share) -> AbstractAsyncContextManager[bool]:
        """Wait for a place and hold it in the context; whether it took a while.

        Raises StateError when there is none in time, or nobody to ask.
        """
        ...


class FreeSlots:
    """A machine that is alone need not wait for others."""

    @asynccontextmanager
    async def hold(self, share: Share) -> AsyncIterator[bool]:
        yield False


def read_share(value: object, key: str) -> Share:
    """Read ``max_in_flight``: a number, or a map of ``limit``, ``key`` and ``wait``.

    ``key`` is what counts when none is given. Raises ValueError.
    """
    given: Mapping[Any, Any] = value if isinstance(value, Mapping) else {"limit": value}
    unknown = sorted(map(str, given.keys() - {"limit", "key", "wait"}))
    if unknown:
        raise ValueError(f"max_in_flight takes limit, key and wait, not {unknown[0]!r}")
    limit = given.get("limit")
    if isinstance(limit, str) and limit.isdecimal() and len(limit) <= len(str(MOST)):
        limit = int(limit)
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= MOST:
        raise ValueError(f"limit of max_in_flight must be between 1 and {MOST}, not {limit!r}")
    name, wait = given.get("key", key), given.get("wait", WAIT)
    if not isinstance(name, str) or not 1 <= len(name) <= LONGEST_KEY or not name.isprintable():
        raise ValueError(
            f"key of max_in_flight must be 1 to {LONGEST_KEY} printable characters"
            " (without one the state's id is)"
        )
    if isinstance(wait, bool) or not isinstance(wait, int | float) or not 0 <= wait <= LONGEST_WAIT:
        raise ValueError(f"wait of max_in_flight must be 0 to {LONGEST_WAIT} seconds")
    return Share(name, limit, float(wait))
