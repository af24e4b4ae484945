"""Filters for dates."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from zester.errors import RenderError
from zester.targeting.value import Value

FORMATS = (
    *("%Y/%m/%d", "%Y/%m/%d %H:%M", "%Y/%m/%d %H:%M:%S", "%m/%d/%Y", "%d-%m-%Y", "%d.%m.%Y"),
    *("%d %B %Y", "%d %b %Y", "%B %d %Y", "%b %d %Y", "%B %d, %Y", "%b %d, %Y"),
)
_DAYS = {"yesterday": -1, "today": 0, "midnight": 0, "tomorrow": 1}


def strftime(when: Value = None, format: str = "%Y-%m-%d") -> str:
    """Write a date or a time stamp (seconds, local time); ``None`` and ``now`` are this moment."""
    return moment(when).strftime(format)


def moment(when: Value) -> datetime | date:
    """Return the moment that a number, a text or a date means."""
    if when is None:
        return datetime.now()
    if isinstance(when, date):
        return when
    if isinstance(when, str):
        return _read(when.strip())
    try:
        return datetime.fromtimestamp(when)
    except (TypeError, ValueError, OverflowError, OSError) as error:
        raise _unreadable(when) from error


def _read(text: str) -> datetime:
    word = text.lower()
    if word in ("", "now"):
        return datetime.now()
    if word in _DAYS:
        midnight = datetime.now().replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight + timedelta(days=_DAYS[word])
    try:
        return datetime.fromtimestamp(float(text))
    except (ValueError, OverflowError, OSError):
        pass  # not a time stamp
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass  # not ISO 8601
    for form in FORMATS:
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    raise _unreadable(text)


def _unreadable(when: Value) -> RenderError:
    return RenderError(
        f"{when if isinstance(when, str) else type(when).__name__!r} is not a date",
        hint="write it as 2024-12-31, or as seconds since 1970",
    )
