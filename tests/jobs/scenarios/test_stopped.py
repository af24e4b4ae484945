"""A peel that was told to stop is away at once, and is named so."""

from __future__ import annotations

import json

import pytest

from support.operators import Zester
from support.peel import Peel, until
from zester.bus.jobs.roster import live_peels
from zester.cli.fleet.operator import Operator

pytestmark = pytest.mark.anyio


async def test_commands_and_status_say_that_it_was_stopped(
    zester: Zester, operator: Operator, peel: Peel
) -> None:
    assert (await zester("web-01", "test.ping")).returncode == 0
    peel.agent.stop()

    async def gone() -> bool:
        return not await live_peels(operator.bus)

    await until("its lease is gone, long before it would run out", gone, timeout=10)
    done = await zester("web-01", "test.ping", "-v")
    assert done.returncode == 3
    assert "web-01:\n    no answer: it was stopped " in done.stdout
    jid = done.stderr.splitlines()[0].removeprefix("job ")
    shown = await zester("job", "show", jid, "-o", "json")
    (told,) = json.loads(shown.stdout)["returns"]
    assert (told["status"], "it was stopped" in told["error"]) == ("silent", True)
    (found,) = json.loads((await zester("status", "-o", "json")).stdout)
    assert (found["ready"], found["live"]) == ("Unknown", False)
    assert found["message"].startswith("stopped ")
