"""When windows are open: zones, clocks that are put forward and back, and nonsense."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from zester.errors import InvalidDocument, InvalidKey
from zester.resources.maintenance.cron import parse_cron
from zester.resources.maintenance.maintenance import (
    Maintenance,
    ModeChoice,
    Suspension,
    check_reason,
)
from zester.resources.maintenance.moment import parse_moment, parse_span
from zester.resources.maintenance.window import Window, read_zone

BERLIN = "Europe/Berlin"


def at(text: str, zone: str = "UTC") -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def window(schedule: str, hours: float = 1, zone: str = "UTC", **more: str) -> Window:
    given = {"name": "w", "schedule": schedule, "duration": int(hours * 3600), "zone": zone, **more}
    return Window.model_validate(given)


def said(*windows: Window, **more: object) -> Maintenance:
    given = {"revision": 1, "id": "web-01", "env": "base", "updated": 1, "windows": windows, **more}
    return Maintenance.model_validate(given)


def test_a_window_over_midnight_belongs_to_the_day_it_opens() -> None:
    nights = window("0 22 * * MON-FRI", 6)  # 2026-11-20 is a Friday
    assert nights.open_until(at("2026-11-20T21:59:59")) is None
    assert nights.open_until(at("2026-11-20T22:00")) == at("2026-11-21T04:00")
    assert nights.open_until(at("2026-11-21T03:59:59")) == at("2026-11-21T04:00")
    assert nights.open_until(at("2026-11-21T04:00")) is None
    assert nights.open_until(at("2026-11-21T23:00")) is None
    assert nights.next_opening(at("2026-11-21T03:00")) == at("2026-11-23T22:00")


def test_a_window_keeps_local_time_when_the_clocks_change() -> None:
    nights = window("0 3 * * *", 1, BERLIN)
    assert nights.next_opening(at("2026-10-24T12:00")) == at("2026-10-25T03:00", BERLIN)
    before, after = at("2026-10-24T03:00", BERLIN), at("2026-10-25T03:00", BERLIN)
    assert after - before == 25 * 3600


def test_a_time_that_the_clocks_skip_comes_and_one_they_repeat_comes_once() -> None:
    skipped = window("30 2 * * *", 1, BERLIN)
    opened = skipped.next_opening(at("2026-03-29T00:00", BERLIN))
    assert opened == at("2026-03-29T03:30", BERLIN)
    twice = parse_cron("30 2 * * *").on(datetime(2026, 10, 25).date(), ZoneInfo(BERLIN))
    assert len(twice) == 1
    hourly = parse_cron("30 * * * *").on(datetime(2026, 10, 25).date(), ZoneInfo(BERLIN))
    assert len(hourly) == 25
    assert {later - earlier for earlier, later in pairwise(hourly)} == {3600}


def test_every_minute_of_a_year_agrees_with_a_slow_reading() -> None:
    wanted = window("15 1,13 * 2-3 SAT,SUN", 2, BERLIN)
    moment = at("2026-02-26T00:00", BERLIN)
    for _ in range(6 * 24 * 12):
        local = datetime.fromtimestamp(moment, ZoneInfo(BERLIN))
        opened = any(
            (start := local.replace(hour=hour, minute=15, second=0, fold=0) - timedelta(days=back))
            and start.month in (2, 3)
            and start.isoweekday() in (6, 7)
            and 0 <= moment - start.timestamp() < 7200
            for hour in (1, 13)
            for back in (0, 1)
        )
        assert (wanted.open_until(moment) is not None) == opened, local
        moment += 300


def test_days_of_the_month_and_of_the_week_are_either_as_in_cron() -> None:
    cron = parse_cron("0 0 13 * fri")
    days = [day for day in range(1, 31) if cron.has_day(datetime(2026, 11, day).date())]
    assert days == [6, 13, 20, 27]
    cron = parse_cron("0 0 1 * 7")
    days = [day for day in range(1, 31) if cron.has_day(datetime(2026, 11, day).date())]
    assert days == [1, 8, 15, 22, 29]
    assert parse_cron("@weekly") == parse_cron("0 0 * * 0")
    assert parse_cron("0 0 29 2 *").next(at("2026-03-01T00:00"), read_zone("UTC")) == at(
        "2028-02-29T00:00"
    )


@pytest.mark.parametrize(
    "text",
    [
        *("", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *"),
        *("* * * 13 *", "* * * * 8", "*/0 * * * *", "5-1 * * * *", "a * * * *", "1,,2 * * * *"),
        *("-1 * * * *", "1.5 * * * *", "0 0 30 2 *", "* " * 10_000, "٣ * * * *", "@never"),
        *("0 0 * * mon-", "0;reboot 0 * * *", "0\x000 0 * * *", "1-999999999 * * * *"),
    ],
)  # fmt: skip
def test_a_schedule_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InvalidKey):
        parse_cron(text)


@pytest.mark.parametrize(
    "change",
    [
        {"zone": "../../etc/passwd"},
        {"zone": "/etc/passwd"},
        {"zone": "a" * 65},
        {"duration": 0},
        {"duration": 8 * 86_400},
        {"duration": float("inf")},
        {"schedule": "x"},
        {"kind": "maybe"},
        {"name": "a b"},
    ],
)
def test_a_window_that_is_none_is_refused(change: dict[str, object]) -> None:
    good = {"name": "w", "schedule": "0 1 * * *", "duration": 3600}
    with pytest.raises(ValueError, match="validation error"):
        Window.model_validate({**good, **change})


def test_suspended_comes_first_then_the_mode_then_the_windows() -> None:
    now = at("2026-11-20T12:00")
    closed = window("0 22 * * *")
    pause = Suspension(reason="disk swap", by="alice", since=int(now) - 10, until=int(now) + 60)
    observe = ModeChoice(mode="observe", by="bob", since=int(now))
    found = said(closed, suspension=pause, choice=observe).verdict(now)
    assert (found.kind, found.changes_at) == ("suspended", now + 60)
    assert "disk swap (by alice until 2026-11-20 12:01:00Z" in found.message
    assert said(closed, suspension=pause, choice=observe).verdict(now + 60).reason == "NodeMode"
    found = said(closed, suspension=pause).verdict(now + 60)
    assert (found.kind, found.reason) == ("observe", "OutsideWindow")
    assert found.changes_at == at("2026-11-20T22:00")
    assert said(closed).verdict(at("2026-11-20T22:30")).kind == "enforce"
    assert said().verdict(now).kind == "enforce"


def test_a_deny_window_wins_and_alone_leaves_the_rest_of_the_time_open() -> None:
    freeze = window("0 0 24 12 *", 24 * 3, kind="deny", name="freeze")
    always = window("* * * * *", 1, name="always")
    for windows in ((freeze,), (freeze, always)):
        found = said(*windows).verdict(at("2026-12-25T00:00"))
        assert (found.kind, found.reason) == ("observe", "DenyWindow")
        assert said(*windows).verdict(at("2026-12-27T00:00")).kind == "enforce"


def test_a_zone_that_is_not_known_here_changes_nothing() -> None:
    found = said(window("0 0 * * *", 24, "Mars/Olympus")).verdict(at("2026-12-25T00:00"))
    assert (found.kind, found.reason) == ("observe", "UnknownTimeZone")


def test_sixteen_windows_of_every_minute_are_judged_quickly() -> None:
    many = [window("* * * * *", 168, BERLIN, name=f"w{number}") for number in range(16)]
    verdict = said(*many).verdict(at("2026-11-20T12:00"))
    assert verdict.kind == "enforce"
    with pytest.raises(InvalidDocument):
        Maintenance.decode(said(*many).encode().replace(b'"w1"', b'"w0"'))


NOW = datetime(2026, 11, 20, 12, 0).astimezone().timestamp()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        *(("90m", 5400), ("1h30m", 5400), ("7d", 604_800), ("18:30", 23_400), ("9:00", 75_600)),
        *(("2026-11-20 13:00", 3600), ("2026-11-21", 43_200)),
    ],
)  # fmt: skip
def test_moments_as_people_write_them(text: str, seconds: int) -> None:
    assert parse_moment(text, NOW) == int(NOW) + seconds


def test_a_moment_with_a_zone_is_in_that_zone() -> None:
    assert parse_moment("2026-12-01T06:00Z", NOW) == at("2026-12-01T06:00")
    assert parse_moment("2026-12-01T06:00+02:00", NOW) == at("2026-12-01T04:00")


@pytest.mark.parametrize(
    "text",
    [
        *("", "soon", "0s", "-5m", "5", "2020-01-01", "11d" * 400, "9" * 400, "25:00", "1e9s"),
        *("99999999w", "0001-01-01", "9999-12-31T23:59:59+00:00", "18:30\n", "18:3", "7d\x00"),
    ],
)  # fmt: skip
def test_a_moment_that_is_none_or_over_is_refused(text: str) -> None:
    with pytest.raises(InvalidKey):
        parse_moment(text.replace("\n", "\n x"), NOW)


def test_spans_and_reasons_have_bounds() -> None:
    assert parse_span("2h") == 7200
    for bad in ("", " ", "a\nb", "\x1b[2J", "x" * 257, "\u202e evil"):
        with pytest.raises(InvalidKey):
            check_reason(bad)
    assert check_reason("  kernel: 6.18 → 6.19, see #42 ") == "kernel: 6.18 → 6.19, see #42"
