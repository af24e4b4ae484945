"""Many jobs over many peels while servers and masters are killed: all accounted for, none twice.

``ZESTER_TEST_PEELS`` and ``ZESTER_TEST_JOBS`` make it larger.
"""

from __future__ import annotations

import logging
import os
import random
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import anyio
import pytest

from support.crowd import Crowd, names_of
from support.masters import MasterProcess, masters
from support.operators import command, operator_on
from support.peel import until
from support.realm_folder import Site, make_site
from zester.bus.buckets import JOB_RETURNS, LEASES
from zester.bus.events import read_events
from zester.bus.jobs.finding import read_history
from zester.bus.jobs.sending import VALID
from zester.bus.records import Records
from zester.cli.fleet.dispatch import Outcome, send, sign
from zester.cli.fleet.operator import Operator
from zester.cli.fleet.request import Options, make_request
from zester.errors import BusRefused, BusUnavailable

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1500)]

log = logging.getLogger(__name__)

PEELS = int(os.environ.get("ZESTER_TEST_PEELS", "40"))
JOBS = int(os.environ.get("ZESTER_TEST_JOBS", "40"))
KILLS = max(4, PEELS * JOBS // 4000)
WAITING = 20
"""Callers who wait for their job; the others give theirs and go away."""

READY = 240.0
CALM = 15.0
"""Seconds without a new return after which none comes any more: peels try again every 5 s."""

DONE = max(120.0, PEELS * JOBS / 40)


class _Callers:
    """Those who give the jobs."""

    def __init__(self, operator: Operator) -> None:
        self.operator = operator
        self.outcomes: list[Outcome] = []
        self.left: list[str] = []

    async def give(self, number: int) -> None:
        if number < WAITING:
            self.outcomes.append(await command(self.operator, "*", "test.echo", number))
            return
        request = make_request("*", "compound", "test.echo", (number,), {}, Options())
        await send(self.operator, sign(self.operator, request))
        self.left.append(request.job.jid)

    async def all(self) -> None:
        async with anyio.create_task_group() as tasks:
            for number in range(JOBS):
                tasks.start_soon(self.give, number)


def test_every_return_is_accounted_for_and_none_doubled(tmp_path: Path) -> None:
    site = make_site(tmp_path)
    crowd = Crowd(site.realm.realm, site.server.url, tmp_path / "peels", names_of(PEELS))
    seed = random.randrange(10**6)  # noqa: S311 - when to kill is no secret
    chance = random.Random(seed)  # noqa: S311 - as above
    log.info("seed %d, %d peels, %d jobs, %d kills", seed, PEELS, JOBS, KILLS)
    with (
        masters(site.master, tmp_path, "one", "two") as pair,
        crowd.running(),
    ):
        kept = anyio.run(_through, site, pair, chance)
    assert "Permissions Violation" not in site.server.log_file.read_text()
    told = crowd.told()
    assert {status for each in told.values() for status in each} == {"done"}
    assert Counter({name: sum(each.values()) for name, each in told.items()}) == kept


async def _through(site: Site, pair: list[MasterProcess], chance: random.Random) -> Counter[str]:
    async with site.server, operator_on(site.server) as operator:
        await until("all peels are there", lambda: _there(operator), READY)
        callers = _Callers(operator)
        with anyio.fail_after(DONE):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(callers.all)
                tasks.start_soon(_kill, site, pair, chance)
        kept = await _check(operator, callers)
    return kept


async def _there(operator: Operator) -> bool:
    found = 0
    with suppress(BusUnavailable, BusRefused):
        async for _ in Records(operator.bus, LEASES).scan("peel.*"):
            found += 1
    return found == PEELS


async def _kill(site: Site, pair: list[MasterProcess], chance: random.Random) -> None:
    for number in range(KILLS):
        await anyio.sleep(chance.uniform(0.2, 2.0))
        if number % 2:
            victim = chance.choice(pair)
            await anyio.to_thread.run_sync(victim.kill)
            await anyio.sleep(chance.uniform(0.0, 1.0))
            victim.start()
        else:
            await site.server.kill()
            await anyio.sleep(chance.uniform(0.0, 0.5))
            await site.server.start()


async def _check(operator: Operator, callers: _Callers) -> Counter[str]:
    names = set(names_of(PEELS))
    assert len(callers.outcomes) + len(callers.left) == JOBS
    kept = await _kept(operator)
    for outcome in callers.outcomes:
        assert set(outcome.returns) | outcome.silent == names, outcome.jid
        assert all(returned.ok for returned in outcome.returns.values())
    silent = sum(len(outcome.silent) for outcome in callers.outcomes)
    log.info("%d answers came later than their callers waited", silent)
    for jid in (*callers.left, *(outcome.jid for outcome in callers.outcomes)):
        history = await read_history(operator.bus, operator.verifier, jid)
        assert set(history.returns) | history.missing == names
        assert len({returned.value for returned in history.returns.values()}) <= 1
        assert all(returned.ok for returned in history.returns.values())
    return kept


async def _kept(operator: Operator) -> Counter[str]:
    """Wait until all is there, or nothing more can come; what is there twice fails at once.

    On a busy machine a peel may be cut off until a job's minute is over: then it is named missing.
    Return how many returns of each peel are kept.
    """
    last, since, begun = -1, time.monotonic(), time.monotonic()
    while True:
        kept: Counter[str] = Counter()
        with suppress(BusUnavailable):
            async for event in read_events(operator.bus, JOB_RETURNS, "zester.job.*.return.*"):
                kept[event.subject] += 1
        assert set(kept.values()) <= {1}
        if len(kept) != last:
            last, since = len(kept), time.monotonic()
        log.info("%d of %d returns are kept", last, PEELS * JOBS)
        now = time.monotonic()
        if last == PEELS * JOBS or (now - since > CALM and now - begun > VALID + CALM):
            return Counter(subject.rpartition(".")[2] for subject in kept)
        await anyio.sleep(0.5 + last / 5000)
