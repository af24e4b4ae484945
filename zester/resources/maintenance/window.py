"""Recurring times in which a peel may, or may not, change its machine."""

from __future__ import annotations

from datetime import UTC, tzinfo
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from zester.errors import InvalidKey
from zester.resources.document import Document
from zester.resources.ids import Name
from zester.resources.maintenance.cron import LONGEST, parse_cron

SHORTEST, WIDEST = 60, 7 * 86_400
"""Seconds that a window may be open at a time."""

UTC_ZONE = "UTC"


class Window(Document):
    """Opens whenever ``schedule`` (cron) comes in ``zone``, for ``duration`` seconds.

    Changes are made while one of the ``allow`` windows is open, where there are any, and never
    while a ``deny`` window is.
    """

    name: Name
    kind: Literal["allow", "deny"] = "allow"
    schedule: Annotated[str, Field(max_length=LONGEST)]
    duration: Annotated[int, Field(ge=SHORTEST, le=WIDEST)]
    zone: Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$")] = (
        UTC_ZONE
    )

    @model_validator(mode="after")
    def _readable(self) -> Self:
        try:
            parse_cron(self.schedule)
        except InvalidKey as error:
            raise ValueError(error.message) from error
        return self

    def open_until(self, now: float) -> float | None:
        """Return when the open window closes, None while it is shut; raises InvalidKey."""
        cron, zone = parse_cron(self.schedule), read_zone(self.zone)
        came = cron.last(now, zone, within=self.duration)
        return None if came is None else came + self.duration

    def next_opening(self, now: float) -> float | None:
        """Return when it opens next; raises InvalidKey."""
        return parse_cron(self.schedule).next(now, read_zone(self.zone))


def read_zone(name: str) -> tzinfo:
    """Return a time zone; raises InvalidKey when this machine does not know it."""
    if name == UTC_ZONE:  # known also where no zones are installed
        return UTC
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # late: most peels have no window

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidKey(
            f"the time zone {name!r} is not known on this machine",
            hint="Europe/Berlin, UTC …; install the package tzdata where zones are missing",
        ) from error
