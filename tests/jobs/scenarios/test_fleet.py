"""What users expect of commands, from the outside: stdout, stderr, exit codes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from support.operators import MakeJobPeel, Zester, announce
from support.trusted import bus_as
from zester.bus.server.embedded import EmbeddedServer
from zester.targeting.node import NodeView
from zester.trust.tiers import Tier

pytestmark = pytest.mark.anyio

WEB = ("web-01", "web-02", "web-03")
ALL = (*WEB, "db-01", "db-02")


@pytest.fixture
async def fleet(job_peel: MakeJobPeel) -> AsyncIterator[None]:
    """Three web servers and two databases."""
    async with AsyncExitStack() as stack:
        for name in ALL:
            facts = {"os": {"family": "debian"}, "role": name.split("-")[0]}
            node = NodeView(name, facts, settings={"timezone": "UTC"})
            await stack.enter_async_context(job_peel(node))
        yield


@pytest.mark.usefixtures("fleet")
@pytest.mark.parametrize(
    ("target", "means"),
    [("web-01", WEB[:1]), ("*", ALL), ("web-*", WEB), ("role:db", ("db-01", "db-02"))],
)
async def test_exactly_those_answer_who_are_meant(
    zester: Zester, target: str, means: tuple[str, ...]
) -> None:
    done = await zester(target, "test.ping", "-o", "json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert sorted(each["peel"] for each in found) == sorted(means)
    assert all(each["value"] is True and each["ok"] for each in found)


@pytest.mark.usefixtures("fleet")
async def test_answers_are_on_stdout_and_everything_else_is_not(zester: Zester) -> None:
    done = await zester("web-01", "cmd.run", "echo x", "-o", "json")
    assert [each["value"] for each in json.loads(done.stdout)] == ["x"]
    for function, asked, value in (
        ("facts.get", "os:family", "debian"),
        ("settings.get", "timezone", "UTC"),
    ):
        done = await zester("web-01", function, asked, "-o", "json")
        assert [each["value"] for each in json.loads(done.stdout)] == [value]
    done = await zester("web-*", "cmd.run", "test $(hostname) = nowhere", "-o", "json")
    assert done.returncode == 2
    assert len(json.loads(done.stdout)) == len(WEB)
    assert "failed on 3: web-01, web-02, web-03" in done.stderr


@pytest.mark.usefixtures("fleet")
async def test_a_peel_that_was_not_there_is_named_with_the_reason_and_comes_back(
    zester: Zester, trusted_server: EmbeddedServer, job_peel: MakeJobPeel
) -> None:
    stopped = NodeView("web-04", {"role": "web"})
    async with bus_as(trusted_server, Tier.PEEL, stopped.id) as bus:
        await announce(bus, stopped, live=False)
    done = await zester("web-*", "test.ping")
    assert done.returncode == 3
    assert "web-04:\n    no answer: it was not there when the job was sent" in done.stdout
    assert "no answer from 1: web-04" in done.stderr
    done = await zester("web-*", "test.ping", "-o", "json")
    statuses = {each["peel"]: each["status"] for each in json.loads(done.stdout)}
    assert statuses == {**dict.fromkeys(WEB, "done"), "web-04": "silent"}
    async with job_peel(stopped):
        done = await zester("web-*", "test.ping", "-o", "json")
        assert (done.returncode, len(json.loads(done.stdout))) == (0, 4)


@pytest.mark.usefixtures("fleet")
async def test_functions_and_their_documentation_are_listed_by_the_peel(zester: Zester) -> None:
    done = await zester("web-01", "sys.list_functions", "-o", "json")
    (found,) = json.loads(done.stdout)
    assert {"pkg.version", "service.restart", "state.apply"} <= set(found["value"])
    done = await zester("web-01", "sys.doc", "test.ping")
    assert "test.ping" in done.stdout
    done = await zester("web-01", "test.pnig")
    assert done.returncode == 2
    assert "test.ping" in done.stdout, "the one that was meant is suggested"


@pytest.mark.usefixtures("fleet")
async def test_jobs_are_listed_with_their_owner(zester: Zester) -> None:
    await zester("*", "test.ping")
    listed = (await zester("job", "list")).stdout.splitlines()
    assert "OWNER" in listed[0]
    assert "alice" in listed[1]
