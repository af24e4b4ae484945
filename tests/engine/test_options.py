"""Options of states: retry, check_cmd, failhard, fire_event, no_log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from zester.compiler.lowstate import LowChunk
from zester.errors import ParameterError
from zester_peel.engine.converge import Engine
from zester_peel.engine.outcome import Cause, Outcome
from zester_peel.engine.run.conduct import Conduct, Retry, read_conduct

pytestmark = pytest.mark.anyio

Chunk = Callable[..., LowChunk]
Journal = Any  # the one of conftest, which tests cannot import


async def run(engine: Engine, *chunks: LowChunk, test: bool = False) -> dict[str, Outcome]:
    result = await engine.run(engine.program(chunks), cause=Cause.REVISION, test=test)
    return {outcome.id: outcome for outcome in result.outcomes}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (True, Retry()),
        (False, None),
        (3, Retry(attempts=4)),
        ({"attempts": 5, "interval": "0.5", "splay": 2}, Retry(5, 0.5, 2)),
        ({"until": False}, Retry(until=False)),
    ],
)
def test_retry_is_read_with_salts_defaults(written: object, read: Retry | None) -> None:
    assert read_conduct({"retry": written}, "x").retry == read


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"retry": "often"}, "retry must be true, a number or a map"),
        ({"retry": {"attempt": 2}}, "not 'attempt'"),
        ({"retry": {"interval": "soon"}}, "interval of retry must be a number"),
        ({"retry": {"attempts": -1}}, "attempts of retry must be between"),
        ({"failhard": "perhaps"}, "neither true nor false"),
        ({"no_such": 1}, "'no_such' not known"),
    ],
)
def test_options_that_make_no_sense_are_an_error(options: Mapping[str, Any], told: str) -> None:
    with pytest.raises(ParameterError, match=told):
        read_conduct(options, "x")


def test_an_event_has_the_states_name_or_a_tag_of_its_own() -> None:
    assert read_conduct({"fire_event": True}, "x") == Conduct(event="x")
    assert read_conduct({"fire_event": "web/up"}, "x").event == "web/up"


async def test_a_state_is_tried_again_until_it_succeeds(
    engine: Engine, chunk: Chunk, journal: Journal
) -> None:
    journal.refusals["a"] = 2
    found = (await run(engine, chunk("a", retry={"attempts": 5, "interval": 0})))["a"]
    assert (found.result, found.changes) == (True, {"value": 1})
    assert found.comment.splitlines() == [
        'Attempt 1: Returned a result of "False", with the following comment: "not yet"',
        'Attempt 2: Returned a result of "False", with the following comment: "not yet"',
        "filled",
    ]
    assert journal.applied.count("a") == 3


async def test_tries_end(engine: Engine, chunk: Chunk, journal: Journal) -> None:
    journal.refusals["a"] = 9
    found = (await run(engine, chunk("a", retry={"attempts": 3, "interval": 0})))["a"]
    assert (found.result, journal.applied.count("a")) == (False, 3)


async def test_test_mode_tries_once_and_says_so(
    engine: Engine, chunk: Chunk, journal: Journal
) -> None:
    found = (await run(engine, chunk("a", retry=True), test=True))["a"]
    assert found.result is None
    assert found.comment == (
        "to be filled  The state would be retried every 30 seconds (with a splay of up to 0"
        " seconds) a maximum of 2 times or until a result of True is returned"
    )


@pytest.mark.parametrize(
    ("checks", "given", "result", "told"),
    [
        (["true", "true"], {}, True, "filled; check_cmd determined the state succeeded"),
        (["true", "exit 3"], {}, False, "filled; check_cmd determined the state failed: exit 3"),
        ("false", {}, False, "filled; check_cmd determined the state failed: false"),
        ("true", {"fail": True}, True, "the lid is shut; check_cmd determined the state succeeded"),
        (
            'test "$W" = x',
            {"env": {"W": "x"}},
            True,
            "filled; check_cmd determined the state succe",
        ),
    ],
)
async def test_check_cmd_decides(
    engine: Engine, chunk: Chunk, checks: object, given: dict[str, Any], result: bool, told: str
) -> None:
    found = (await run(engine, chunk("a", check_cmd=checks, **given)))["a"]
    assert found.result is result
    assert found.comment.startswith(told)


async def test_check_cmd_rests_in_test_mode_and_when_the_state_does(
    engine: Engine, chunk: Chunk
) -> None:
    assert (await run(engine, chunk("a", check_cmd="false"), test=True))["a"].result is None
    assert (await run(engine, chunk("a", check_cmd="false", onlyif="false")))["a"].result is True


async def test_failhard_ends_the_run(engine: Engine, chunk: Chunk, journal: Journal) -> None:
    chunks = [
        chunk("a"),
        chunk("bad", fail=True, failhard=True, require=[("box", "a")]),
        chunk("later", onfail=[("box", "bad")]),
    ]
    result = await engine.run(engine.program(chunks), cause=Cause.REVISION)
    assert [each.id for each in result.outcomes] == ["a", "bad"]
    assert result.stopped == "box.filled:bad"
    quiet = await engine.run(engine.program(chunks), cause=Cause.REVISION, test=True)
    assert (len(quiet.outcomes), quiet.stopped) == (3, "")


async def test_who_listens_acts_although_failhard_ended_the_run(
    engine: Engine, chunk: Chunk, journal: Journal
) -> None:
    journal.boxes["bell"] = 1
    found = await run(
        engine,
        chunk("bell", "bell.ready", listen=[("box", "a")]),
        chunk("a"),
        chunk("bad", fail=True, failhard=True, require=[("box", "a")]),
    )
    assert "listener_bell" in found


async def test_what_is_secret_is_not_shown(engine: Engine, chunk: Chunk) -> None:
    found = (await run(engine, chunk("a", no_log=True)))["a"]
    assert (found.comment, found.changes) == ("hidden by no_log", {"value": "hidden by no_log"})


async def test_results_carry_the_event_that_was_asked_for(engine: Engine, chunk: Chunk) -> None:
    assert (await run(engine, chunk("a", fire_event="up")))["a"].event == "up"


async def test_runas_and_umask_are_taken_by_every_state(engine: Engine, chunk: Chunk) -> None:
    assert (await run(engine, chunk("a", umask="022", runas="root")))["a"].result is True
    unknown = (await run(engine, chunk("a", cwd="/tmp")))["a"]
    assert "unknown parameter 'cwd'" in unknown.comment
