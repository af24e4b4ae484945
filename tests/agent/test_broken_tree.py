"""A tree that does not compile, or a state that fails, and what comes after."""

from __future__ import annotations

from functools import partial

import anyio
import pytest

from support.peel import MakePeel, Push, applied, status_of, until
from support.trusted import publisher
from support.web_tree import TOP, TREE, WEB
from zester.bus.link.connection import Bus
from zester.bus.server.embedded import EmbeddedServer
from zester.trees.publish import rollback

pytestmark = pytest.mark.anyio


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
