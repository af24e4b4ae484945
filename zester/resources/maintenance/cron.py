"""Times that come again, written as cron's five fields."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache

from zester.dataclass import dataclass
from zester.errors import InvalidKey

LONGEST = 100
"""Characters of an expression."""

_DAYS_AHEAD = 9 * 366
"""There can be eight years between two 29ths of February."""

_MACROS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}
_WEEKDAYS = {
    name: number for number, name in enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat"))
}
_FIELDS: tuple[tuple[str, int, int, dict[str, int]], ...] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of month", 1, 31, {}),
    ("month", 1, 12, _MONTHS),
    ("day of week", 0, 7, _WEEKDAYS),
)
_PART = re.compile(r"(\*|[0-9a-z]{1,3}(?:-[0-9a-z]{1,3})?)(?:/([0-9]{1,2}))?")


@dataclass(frozen=True, slots=True)
class Cron:
    """Minutes of certain days. ``every_hour``: the hours are not limited.

    As in cron, when both the days of the month and those of the week are limited, either is enough.
    """

    minutes: tuple[int, ...]
    month_days: frozenset[int]
    months: frozenset[int]
    week_days: frozenset[int]
    either: bool
    every_hour: bool

    def has_day(self, day: date) -> bool:
        """Return whether it comes on this day."""
        if day.month not in self.months:
            return False
        of_month, of_week = day.day in self.month_days, day.isoweekday() % 7 in self.week_days
        return of_month or of_week if self.either else of_month and of_week

    def on(self, day: date, zone: tzinfo) -> list[float]:
        """Return when it comes on a day, in Unix seconds.

        A time that the clocks skip comes as much later; one that they repeat comes the first time,
        without limited hours both times.
        """
        found: set[float] = set()
        if self.has_day(day):
            for minute in self.minutes:
                moment = datetime(
                    day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=zone
                )
                found.add(moment.timestamp())
                if self.every_hour:
                    found.add(moment.replace(fold=1).timestamp())
        return sorted(found)

    def last(self, now: float, zone: tzinfo, *, within: float) -> float | None:
        """Return when it came last, None when that is more than ``within`` seconds ago."""
        today = datetime.fromtimestamp(now, zone).date()
        for back in range(int(within // 86_400) + 3):
            came = [time for time in self.on(today - timedelta(days=back), zone) if time <= now]
            if came:
                return came[-1] if came[-1] > now - within else None
        return None

    def next(self, now: float, zone: tzinfo) -> float | None:
        """Return when it comes next, None for never."""
        today = datetime.fromtimestamp(now, zone).date()
        for day in self._days(today):
            for time in self.on(day, zone):
                if time > now:
                    return time
        return None

    def _days(self, first: date) -> Iterator[date]:
        last = first.toordinal() + _DAYS_AHEAD
        for ordinal in range(first.toordinal() - 1, min(last, date.max.toordinal())):
            day = date.fromordinal(ordinal)
            if self.has_day(day):
                yield day


@lru_cache(maxsize=64)
def parse_cron(text: str) -> Cron:
    """Read ``0 22 * * MON-FRI`` and the like; raises InvalidKey that names the wrong field."""
    if len(text) > LONGEST:
        raise InvalidKey(f"a schedule has more than {LONGEST} characters")
    words = _MACROS.get(text.strip().lower(), text).lower().split()
    if len(words) != len(_FIELDS):
        raise InvalidKey(
            f"not a schedule: {text!r} has {len(words)} fields, not {len(_FIELDS)}",
            hint="minute, hour, day of month, month, day of week: '0 22 * * MON-FRI'",
        )
    minutes, hours, month_days, months, week_days = (
        _values(word, *field) for word, field in zip(words, _FIELDS, strict=True)
    )
    cron = Cron(
        minutes=tuple(hour * 60 + minute for hour in sorted(hours) for minute in sorted(minutes)),
        month_days=month_days,
        months=months,
        week_days=frozenset(day % 7 for day in week_days),
        either=not words[2].startswith("*") and not words[4].startswith("*"),
        every_hour=words[1] == "*",
    )
    if not any(cron.has_day(day) for day in _eight_years()):
        raise InvalidKey(f"the schedule {text!r} never comes")
    return cron


def _eight_years() -> Iterator[date]:
    first = date(2024, 1, 1).toordinal()
    return (date.fromordinal(first + number) for number in range(4 * 366))


def _values(word: str, name: str, low: int, high: int, names: dict[str, int]) -> frozenset[int]:
    found: set[int] = set()
    for part in word.split(","):
        matched = _PART.fullmatch(part)
        if matched is None:
            raise InvalidKey(f"{name} of a schedule: cannot read {part!r}")
        span, step = matched[1], int(matched[2] or 1)
        if span == "*":
            first, last = low, high
        else:
            start, dash, end = span.partition("-")
            first = _number(start, name, low, high, names)
            last = _number(end, name, low, high, names) if dash else first
            if matched[2] and not dash:
                last = high
        if first > last or not step:
            raise InvalidKey(f"{name} of a schedule: {part!r} holds nothing")
        found.update(range(first, last + 1, step))
    return frozenset(found)


def _number(text: str, name: str, low: int, high: int, names: dict[str, int]) -> int:
    value = names.get(text)
    if value is None and text.isdecimal():
        value = int(text)
    if value is None or not low <= value <= high:
        raise InvalidKey(f"{name} of a schedule: {text!r} is not between {low} and {high}")
    return value
