"""Log lines cannot be forged and always parse."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zester.errors import HostError
from zester.telemetry.logs import LONGEST_VALUE, HumanLines, JsonLines, Style, escape, setup

HOSTILE = "a\nb\r\x1b[2J\x00\x85\u2028\u202e\ud800\x7f\u200b"


@pytest.fixture(autouse=True)
def root_logger() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


def logged(said: str, /, style: Style = "json", **fields: object) -> str:
    stream = io.StringIO()
    logging.getLogger().handlers.clear()  # whoever else listens could not send it on
    setup("debug", style, stream=stream)
    logging.getLogger("zester.test").info(said, extra=fields)
    return stream.getvalue()


def test_a_json_line_carries_the_event_and_its_fields() -> None:
    line = json.loads(logged("tree applied", revision=7, changed=["a"], took=0.5))
    assert line["event"] == "tree applied"
    assert line["level"] == "info"
    assert line["logger"] == "zester.test"
    assert (line["revision"], line["changed"], line["took"]) == (7, ["a"], 0.5)
    assert line["time"].endswith("Z")


@pytest.mark.parametrize("style", ["json", "human"])
def test_hostile_values_stay_on_their_line(style: Style) -> None:
    text = logged("event " + HOSTILE, style, path=HOSTILE, nested={HOSTILE: [HOSTILE]})
    assert text.endswith("\n")
    assert len(text.splitlines()) == 1
    assert not set(text[:-1]) & set(HOSTILE.replace("a", "").replace("b", "").replace("[2J", ""))
    text.encode()


def test_hostile_values_come_back_from_json_unharmed() -> None:
    assert json.loads(logged("event", path=HOSTILE))["path"] == HOSTILE


@given(st.text(), st.text())
def test_any_text_makes_one_parsable_line(event: str, value: str) -> None:
    record = logging.makeLogRecord({"msg": event, "field": value})
    line = JsonLines().format(record)
    assert len(line.splitlines()) == 1
    assert json.loads(line)["field"] == value
    assert len(HumanLines().format(record).splitlines()) == 1


def test_a_field_cannot_replace_the_lines_own_keys() -> None:
    line = json.loads(logged("real", event="forged", level="critical", time="never"))
    assert line["event"] == "real"
    assert line["_event"] == "forged"
    assert line["level"] == "info"


@pytest.mark.parametrize("style", ["json", "human"])
def test_secrets_are_redacted_wherever_they_stand(style: Style) -> None:
    stream = io.StringIO()
    setup("info", style, redactor=lambda text: text.replace("hunter2", "***"), stream=stream)
    logger = logging.getLogger("zester.test")
    try:
        raise HostError("cannot log in with hunter2")
    except HostError:
        logger.exception("failed with hunter2", extra={"a": {"k hunter2": ["hunter2"]}})
    assert "hunter2" not in stream.getvalue()
    assert "***" in stream.getvalue()


def test_an_error_shows_its_reason_hint_and_traceback() -> None:
    stream = io.StringIO()
    setup(stream=stream)
    try:
        raise HostError("disk is full", hint="free some space")
    except HostError:
        logging.getLogger("zester.test").exception("run failed")
    line = json.loads(stream.getvalue())
    assert line["error"] == {
        "type": "HostError",
        "message": "disk is full",
        "reason": "HostError",
        "hint": "free some space",
    }
    assert "Traceback" in line["traceback"]


def test_an_error_text_cannot_start_a_line_of_its_own_in_a_terminal() -> None:
    stream = io.StringIO()
    setup(style="human", stream=stream)
    try:
        raise HostError("x\n00:00:00 info  forged")
    except HostError:
        logging.getLogger("zester.test").exception("run failed")
    first, *rest = stream.getvalue().splitlines()
    assert "run failed" in first
    assert all(row.startswith("    ") for row in rest)


def test_odd_values_are_shown_and_long_ones_cut() -> None:
    line = json.loads(
        logged("e", raw=b"\xff\n", nan=float("nan"), big="x" * 99_999, obj=object, none=None)
    )
    assert line["raw"] == "\\xff\n"
    assert line["nan"] == "nan"
    assert len(line["big"]) < LONGEST_VALUE + 40
    assert line["none"] is None


def test_endless_nesting_ends() -> None:
    loop: list[Any] = []
    loop.append(loop)
    assert json.loads(logged("e", loop=loop))["event"] == "e"


def test_setting_up_twice_does_not_log_twice() -> None:
    stream = io.StringIO()
    setup(stream=io.StringIO())
    setup(stream=stream)
    logging.getLogger("zester.test").warning("once")
    assert len(stream.getvalue().splitlines()) == 1


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(ValueError, match="LOUD"):
        setup("loud")


def test_ordinary_text_is_left_alone() -> None:
    assert escape("grüße, 世界 🎉") == "grüße, 世界 🎉"
