"""The reconcile loop end to end: real server, real files, the agent in this process."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import anyio
import pytest

from support.peel import MakePeel, Peel, Push, applied, status_of, until
from support.trusted import publisher
from zester.bus.buckets import BUCKETS, EVENTS, HEADS, STREAMS
from zester.bus.embedded import EmbeddedServer
from zester.bus.events import last_event
from zester.bus.hints import send_hint
from zester.bus.link.connection import Bus
from zester.bus.provision import consumer_count, provision
from zester.bus.records import Records
from zester.resources.report import RunReport
from zester.trees.publish import rollback

pytestmark = pytest.mark.anyio

STREAM_NAMES = [*(bucket.stream for bucket in BUCKETS), *(stream.name for stream in STREAMS)]

TOP = "base:\n  '*':\n    - web\n"
WEB = """\
motd:
  file.managed:
    - name: /etc/motd
    - makedirs: True
    - contents: {{ settings.greeting }}
conf:
  file.managed:
    - name: /srv/conf
    - makedirs: True
    - source: salt://web/conf
"""
TREE: dict[str, str | None] = {
    "states/top.zy": TOP,
    "states/web/init.zy": WEB,
    "states/web/conf": "one\n",
    "settings/top.zy": "base:\n  '*':\n    - all\n",
    "settings/all.zy": "greeting: hello\n",
    "README.md": "not read by any peel\n",
}


def counted(peel: Peel, corrections: int) -> bool:
    return peel.agent.store.corrected == corrections


async def test_a_push_becomes_files_and_a_ready_status(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push
) -> None:
    async with make_peel(server.url).running() as peel:
        await push(TREE)
        await until("applied", lambda: applied(bus, 1))

        assert (peel.root / "etc/motd").read_text() == "hello\n"
        assert (peel.root / "srv/conf").read_text() == "one\n"
        status = await status_of(bus)
        assert status is not None
        ready = status.condition("Ready")
        assert ready is not None
        assert (ready.status, ready.reason) == ("True", "Converged")
        assert (status.counts.total, status.counts.ok) == (2, 2)
        assert status.last_run is not None
        assert (status.last_run.cause, status.last_run.changed) == ("revision", 2)


async def test_settings_and_sources_that_change_are_followed(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push
) -> None:
    async with make_peel(server.url).running() as peel:
        await push(TREE)
        await until("applied", lambda: applied(bus, 1))
        await push({"settings/all.zy": "greeting: hej\n"})
        await until("applied", lambda: applied(bus, 2))
        assert (peel.root / "etc/motd").read_text() == "hej\n"

        await push({"states/web/conf": "two\n"})
        await until("applied", lambda: applied(bus, 3))
        assert (peel.root / "srv/conf").read_text() == "two\n"


async def test_a_revision_that_touches_nothing_a_peel_read_costs_no_run_and_no_fetch(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push
) -> None:
    async with make_peel(server.url).running() as peel:
        await push(TREE)
        await until("applied", lambda: applied(bus, 1))
        runs, fetched = peel.runs("revision"), peel.metrics.trees_fetched.value()

        await push({"README.md": "changed\n"})
        await until("recorded", lambda: applied(bus, 2))
        assert peel.runs("revision") == runs
        assert peel.metrics.trees_fetched.value() == fetched

        await push({"states/web/conf": "after a noted revision\n"})
        await until("applied", lambda: applied(bus, 3))
        assert (peel.root / "srv/conf").read_text() == "after a noted revision\n"


async def test_a_rollback_is_followed_as_a_new_revision(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push
) -> None:
    async with make_peel(server.url).running() as peel:
        await push(TREE)
        await push({"states/web/conf": "two\n"})
        await until("applied", lambda: applied(bus, 2))

        await rollback(
            bus, env="base", source="cli", revision=1, author="me", message="", by=publisher()
        )
        await until("applied", lambda: applied(bus, 3))

        assert (peel.root / "srv/conf").read_text() == "one\n"


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"not json", "InvalidDocument"),
        (b'{"revision": 2, "created": 0, "manifest": "../../etc/passwd"}', "InvalidDocument"),
        (
            json.dumps({"revision": 2, "created": 0, "manifest": "0" * 64}).encode(),
            "BlobUnavailable",
        ),
        (json.dumps({"revision": 1, "created": 5, "manifest": "0" * 64}).encode(), "StaleRevision"),
    ],
)
async def test_a_bad_head_leaves_the_last_good_state_and_is_told(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push, bad: bytes, reason: str
) -> None:
    async with make_peel(server.url).running() as peel:
        await push(TREE)
        await until("applied", lambda: applied(bus, 1))

        signed = publisher().signer.sign("heads.base.cli", bad)
        await Records(bus, HEADS).put("base.cli", signed)
        await send_hint(bus, HEADS, "base.cli")

        async def stalled() -> str:
            status = await status_of(bus)
            condition = status.condition("Stalled") if status else None
            return condition.reason if condition else ""

        await until("stalled", stalled)
        assert await stalled() == reason
        status = await status_of(bus)
        assert status is not None
        assert status.applied == {"cli": 1}
        (peel.root / "etc/motd").write_text("drift is still corrected")
        await until("corrected", lambda: (peel.root / "etc/motd").read_text() == "hello\n")


async def test_a_tree_that_does_not_compile_is_told_with_its_line_and_mended_by_the_next(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push
) -> None:
    async with make_peel(server.url).running() as peel:
        await push(TREE)
        await until("applied", lambda: applied(bus, 1))

        await push({"states/web/init.zy": WEB.replace("settings.greeting", "settings.missing")})

        async def message() -> str:
            status = await status_of(bus)
            condition = status.condition("Stalled") if status else None
            return condition.message if condition else ""

        await until("stalled", message)
        assert "states/web/init.zy:5" in await message()
        assert "last good state is kept" in await message()
        assert (peel.root / "etc/motd").read_text() == "hello\n"

        await push({"states/web/init.zy": WEB, "settings/all.zy": "greeting: mended\n"})
        await until("applied", lambda: applied(bus, 3))
        assert (peel.root / "etc/motd").read_text() == "mended\n"
        status = await status_of(bus)
        assert status is not None
        assert status.condition("Stalled") is None


async def test_a_file_that_only_the_broken_tree_reads_can_mend_it(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push
) -> None:
    async with make_peel(server.url).running() as peel:
        await push(TREE)
        await until("applied", lambda: applied(bus, 1))
        await push({"states/top.zy": TOP + "    - new\n", "states/new.zy": "{{ nothing }}"})
        await until("stalled", partial(stalled_by, bus, ("",)))

        await push({"states/new.zy": "n:\n  file.managed:\n    - name: /n\n    - contents: n\n"})
        await until("applied", lambda: applied(bus, 3))
        assert (peel.root / "n").read_text() == "n\n"
        assert await stalled_by(bus, ())


async def test_rolling_back_from_a_broken_tree_ends_the_stall(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push
) -> None:
    async with make_peel(server.url).running():
        await push(TREE)
        await until("applied", lambda: applied(bus, 1))
        await push({"states/web/init.zy": "{{ nothing }}"})
        await until("stalled", partial(stalled_by, bus, ("",)))
        status = await status_of(bus)
        assert status is not None
        ready = status.condition("Ready")
        assert ready is not None
        assert ready.status == "False"

        await rollback(
            bus, env="base", source="cli", revision=1, author="me", message="", by=publisher()
        )
        await until("applied", lambda: applied(bus, 3))
        await until("no stall", partial(stalled_by, bus, ()))


async def test_a_failed_command_is_remembered_over_a_restart_and_retried(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push
) -> None:
    state = "c:\n  cmd.run:\n    - name: test -e ok && echo x >> ran\n    - cwd: /\n"
    async with make_peel(server.url).running():
        await push({"states/top.zy": TOP, "states/web.zy": state})
        await until("failed", partial(readiness, bus, "False"))

    async with make_peel(server.url).running() as peel:
        await anyio.sleep(0.5)
        assert await readiness(bus, "False")
        status = await status_of(bus)
        assert status is not None
        assert status.last_run is not None
        (peel.root / "ok").touch()
        await until("retried", partial(readiness, bus, "True"))
        assert (peel.root / "ran").read_text() == "x\n"


async def stalled_by(bus: Bus, sources: tuple[str, ...]) -> bool:
    status = await status_of(bus)
    return status is not None and status.stalled == sources


async def readiness(bus: Bus, wanted: str) -> bool:
    status = await status_of(bus)
    condition = status.condition("Ready") if status else None
    return condition is not None and condition.status == wanted


async def test_a_peel_restarted_on_a_broken_tree_takes_up_the_last_good_one(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push
) -> None:
    async with make_peel(server.url).running():
        await push(TREE)
        await until("applied", lambda: applied(bus, 1))
        await push({"states/web/init.zy": "{{ nothing }}"})

        async def stalled() -> bool:
            status = await status_of(bus)
            return status is not None and status.condition("Stalled") is not None

        await until("stalled", stalled)

    async with make_peel(server.url).running() as peel:
        (peel.root / "etc/motd").write_text("drifted")
        await until("corrected", lambda: (peel.root / "etc/motd").read_text() == "hello\n")


async def test_a_failing_state_is_retried_and_heals_by_itself(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push
) -> None:
    state = "x:\n  file.managed:\n    - name: /srv/x\n    - contents: x\n"
    async with make_peel(server.url).running() as peel:
        await push({"states/top.zy": TOP, "states/web.zy": state})

        async def ready() -> str | None:
            status = await status_of(bus)
            condition = status.condition("Ready") if status else None
            return condition.status if condition and condition.status != "Unknown" else None

        await until("a verdict", ready)
        assert await ready() == "False"
        status = await status_of(bus)
        assert status is not None
        assert status.failures[0].at == "states/web.zy:2"
        assert "makedirs" in status.failures[0].comment
        (peel.root / "srv").mkdir()

        async def healed() -> bool:
            return await ready() == "True"

        await until("healed", healed)
        assert (peel.root / "srv/x").read_text() == "x\n"


async def test_two_sources_make_one_state_and_their_conflict_is_a_condition(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push
) -> None:
    async with make_peel(server.url).running() as peel:
        await push(TREE)
        await push({"states/web/conf": "from git\n"}, source="git", priority=90)

        async def both() -> bool:
            status = await status_of(bus)
            return status is not None and status.applied == {"cli": 1, "git": 1}

        await until("both applied", both)
        assert (peel.root / "srv/conf").read_text() == "from git\n"
        status = await status_of(bus)
        assert status is not None
        conflict = status.condition("Conflict")
        assert conflict is not None
        assert "states/web/conf is in git and cli" in conflict.message


async def test_a_server_that_lost_its_data_changes_nothing_on_the_machine(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push
) -> None:
    async with make_peel(server.url).running() as peel:
        await push(TREE)
        await until("applied", lambda: applied(bus, 1))
        for name in STREAM_NAMES:
            await bus.request(f"$JS.API.STREAM.DELETE.{name}")
        await provision(bus)
        await send_hint(bus, HEADS, "base.cli")
        peel.agent._reporter.reconnected()

        async def told() -> str:
            status = await status_of(bus)
            stalled = status.condition("Stalled") if status else None
            return stalled.message if stalled else ""

        await until("told", told)
        assert "gone from the bus" in await told()
        (peel.root / "etc/motd").unlink()
        await until("corrected", lambda: (peel.root / "etc/motd").exists())


async def test_without_a_server_a_peel_boots_from_disk_and_corrects_drift(
    tmp_path: Path, make_peel: MakePeel, push: Push, bus: Bus, server: EmbeddedServer
) -> None:
    async with make_peel(server.url).running():
        await push(TREE)
        await until("applied", lambda: applied(bus, 1))
    await server.stop()

    async with make_peel(server.url).running() as peel:
        (peel.root / "etc/motd").unlink()
        await until("corrected", lambda: (peel.root / "etc/motd").exists())


async def test_reports_made_offline_are_delivered_once_each_and_in_order(
    make_peel: MakePeel, push: Push, bus: Bus, server: EmbeddedServer
) -> None:
    async with make_peel(server.url).running() as peel:
        await push(TREE)
        await until("applied", lambda: applied(bus, 1))
        await server.kill()
        motd = peel.root / "etc/motd"
        for number in range(5):
            motd.write_text(f"edit {number}")
            await until("corrected", lambda: motd.read_text() == "hello\n")
            await until("counted", partial(counted, peel, number + 1))
        await server.start()
        await until("delivered", lambda: not peel.agent.store.pending_reports())
        await bus.wait_connected(10)

        info = await bus.request(
            "$JS.API.STREAM.INFO.EVENTS", b'{"subjects_filter": "zester.event.web-01.run"}'
        )
        assert json.loads(info.data)["state"]["subjects"] == {"zester.event.web-01.run": 6}
        last = await last_event(bus, EVENTS, "zester.event.web-01.run")
        assert last is not None
        assert RunReport.decode(last.data).number == 6


async def test_a_report_whose_acknowledgement_was_lost_is_not_sent_twice(
    make_peel: MakePeel, push: Push, bus: Bus, server: EmbeddedServer
) -> None:
    peel = make_peel(server.url)
    async with peel.running():
        await push(TREE)
        await until("applied", lambda: applied(bus, 1))
    last = await last_event(bus, EVENTS, "zester.event.web-01.run")
    assert last is not None

    again = make_peel(server.url)
    with again.agent.store.transaction() as db:  # as if the crash came before the deletion
        db.execute("INSERT INTO spool VALUES (1, ?)", (last.data,))
    async with again.running():
        await until("seen", lambda: not again.agent.store.pending_reports())

    found = await last_event(bus, EVENTS, "zester.event.web-01.run")
    assert found is not None
    assert found.sequence == last.sequence


async def test_fifty_peels_create_no_consumer(
    make_peel: MakePeel, push: Push, bus: Bus, server: EmbeddedServer
) -> None:
    async with anyio.create_task_group() as tasks:
        peels = [make_peel(server.url, f"peel-{number}") for number in range(50)]
        for peel in peels:
            tasks.start_soon(peel.agent.run)
        await push(TREE)
        for peel in peels:
            await until("applied", partial(applied, bus, 1, peel.settings.id), timeout=60)
        await push({"states/web/conf": "two\n"})
        for peel in peels:
            await until("applied", partial(applied, bus, 2, peel.settings.id), timeout=60)

        counts = [await consumer_count(bus, name) for name in STREAM_NAMES]
        assert counts == [0] * len(counts)
        for peel in peels:
            peel.agent.stop()
