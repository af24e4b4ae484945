"""The whole way as people go it: real processes, a realm in a folder, words copied by hand."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import pytest

from support.peel import until
from support.realm_folder import make_realm
from zester.bus.server.embedded import EmbeddedServer, free_port
from zester.trust.disk.realm_folder import RealmFolder
from zester.trust.realm import Realm

pytestmark = [pytest.mark.anyio, pytest.mark.e2e]

ZESTER, PEEL, MASTER = "zester.cli.main", "zester_peel.main", "zester_controller.main"


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


class Site:
    """A server, a master and machines below one folder."""

    def __init__(self, folder: Path, realm: RealmFolder, server: EmbeddedServer) -> None:
        self.folder = folder
        self.realm = realm
        self.server = server

    def state(self, node: str) -> Path:
        return self.folder / "machines" / node

    def environment(self) -> dict[str, str]:
        own = {"ZESTER_TRUST": str(self.realm.client("base")), "ZESTER_AUTHOR": "alice"}
        return {**os.environ, **own}

    async def run(
        self, module: str, *args: str, code: int | None = 0, word: str = "", timeout: float = 60
    ) -> Done:
        with anyio.fail_after(timeout):
            done = await anyio.run_process(
                [sys.executable, "-m", module, *args],
                input=word.encode(),
                env=self.environment(),
                cwd=self.folder,
                check=False,
            )
        found = Done(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert code is None or found.code == code, found
        return found

    async def zester(self, *args: str, code: int | None = 0) -> Done:
        return await self.run(ZESTER, *args, code=code)

    async def json(self, *args: str) -> Any:  # noqa: ANN401 - any JSON value
        return json.loads((await self.zester(*args, "-o", "json")).out)

    def enroll_args(self, node: str, *more: str) -> tuple[str, ...]:
        return ("enroll", "--id", node, "--state-dir", str(self.state(node)), *more)

    async def enroll(self, node: str, *more: str, code: int | None = 0, word: str = "") -> Done:
        return await self.run(PEEL, *self.enroll_args(node, *more), code=code, word=word)

    @property
    def pin(self) -> tuple[str, ...]:
        return ("--url", self.server.url, "--pin", self.realm.realm.operator_public)

    @asynccontextmanager
    async def process(self, *args: str) -> AsyncIterator[anyio.abc.Process]:
        async with await anyio.open_process(
            [sys.executable, "-m", *args],
            env=self.environment(),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            try:
                yield process
            finally:
                if process.returncode is None:
                    process.send_signal(signal.SIGTERM)
                    with anyio.move_on_after(15, shield=True):
                        await process.wait()

    def master(self, *more: str) -> Any:  # noqa: ANN401 - a context manager
        folder = str(self.realm.master("base"))
        return self.process(MASTER, "run", "--trust", folder, "--probe", "", *more)

    def agent(self, node: str) -> Any:  # noqa: ANN401 - a context manager
        root = self.folder / "roots" / node
        root.mkdir(parents=True, exist_ok=True)
        place = ("--state-dir", str(self.state(node)), "--root", str(root))
        return self.process(PEEL, "run", *place, "--probe", "")

    async def states(self) -> dict[str, str]:
        try:
            found = await self.json("enroll", "list")
        except (AssertionError, ValueError):
            return {}
        return {machine["id"]: machine["state"] for machine in found["machines"]}

    async def ready(self) -> None:
        """Wait until a master has made the buckets and put the trust bundle there."""

        async def answers() -> bool:
            return (await self.zester("enroll", "list", code=None)).code == 0

        await until("the master is there", answers, timeout=60)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    port = free_port()
    realm = make_realm(tmp_path / "trust", port=port)
    async with EmbeddedServer(tmp_path / "nats", port=port, realm=realm.realm) as server:
        yield Site(tmp_path, realm, server)


def seeds(site: Site, node: str) -> str:
    return (site.state(node) / "trust" / "key.seed").read_text()


async def test_a_machine_waits_is_accepted_runs_and_is_revoked(site: Site) -> None:
    async with site.master():
        await site.ready()
        waiting = await site.enroll("web-01", *site.pin, "--no-wait", code=3)
        assert "zester enroll accept web-01" in waiting.err
        first = seeds(site, "web-01")
        listed = await site.zester("enroll", "list")
        assert "pending" in listed.out
        shown = await site.zester("enroll", "show", "web-01")
        assert "127.0.0.1" in shown.out

        await site.zester("enroll", "accept", "web-01", "--label", "role=db")
        done = await site.enroll("web-01", *site.pin)

        assert "web-01 is enrolled in base with labels role=db" in done.out
        assert seeds(site, "web-01") == first
        again = await site.enroll("web-01")
        assert "already enrolled" in again.out
        async with site.agent("web-01") as agent:

            async def live() -> bool:
                found = await site.json("enroll", "list")
                return bool(found["machines"][0]["live"])

            await until("it is there", live, timeout=60)
            revoked = await site.zester("enroll", "revoke", "web-01", "--reason", "stolen")
            assert "cut off and purged" in revoked.out
            status = await site.json("status")
            assert status == []
            assert agent.returncode is None
        refused = await site.enroll("web-01", "--no-wait", code=None)
        assert (await site.states()) == {"web-01": "revoked"}
        assert refused.code in (0, 1)


async def test_a_word_lets_machines_in_and_shows_in_no_list_of_processes(site: Site) -> None:
    async with site.master():
        await site.ready()
        made = await site.json(
            *("enroll", "token", "create", "--uses", "2", "--label", "role=web", "--id", "web-*")
        )
        word = made["word"]
        await site.enroll("web-01", "--token", "-", word=word)
        await site.enroll("web-02", "--token", word)
        over = await site.enroll("web-03", "--token", "-", word=word, code=1)
        assert "TokenUsedUp" in over.err
        other = await site.enroll("db-01", "--token", "-", word=word, code=1)
        assert "TokenNotForThis" in other.err

        tokens = await site.zester("enroll", "token", "list")
        assert "2/2" in tokens.out
        assert "used up" in tokens.out
        assert await site.states() == {"web-01": "accepted", "web-02": "accepted"}
        listed = await site.zester("enroll", "list")
        assert "role=web" in listed.out
        await site.zester("enroll", "token", "delete", made["id"])
        gone = await site.enroll("web-04", "--token", "-", word=word, code=1)
        assert "TokenUnknown" in gone.err


async def test_a_machine_killed_at_any_moment_ends_as_one_peel(site: Site) -> None:
    async with site.master("--enroll-policy", "all"):
        await site.ready()
        for after in (0.05, 0.2, 0.4, 0.6, 0.8, 1.0):
            process = await anyio.open_process(
                [sys.executable, "-m", PEEL, *site.enroll_args("web-01", *site.pin)],
                env=site.environment(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            await anyio.sleep(after)
            with suppress(ProcessLookupError):  # it was quicker
                process.kill()
            await process.wait()
        await site.enroll("web-01", *site.pin)

        found = await site.json("enroll", "list")
        assert len(found["machines"]) == 1
        record = found["machines"][0]["record"]
        assert record["rivals"] == []
        assert record["state"] == "accepted"


async def test_a_master_killed_while_machines_ask_loses_nobody(site: Site) -> None:
    names = [f"web-{number}" for number in range(6)]

    async def enroll(node: str) -> None:
        await site.enroll(node, *site.pin, "--timeout", "60")

    async def killed_now_and_then(times: Sequence[float]) -> None:
        for pause in times:
            async with site.master("--enroll-policy", "all") as master:
                await anyio.sleep(pause)
                master.kill()
                await master.wait()

    async with site.master():
        await site.ready()
    async with anyio.create_task_group() as tasks:
        for node in names:
            tasks.start_soon(enroll, node)
        await killed_now_and_then((1.5, 2.5))
        async with site.master("--enroll-policy", "all"), anyio.create_task_group() as wait:

            async def all_in() -> bool:
                return await site.states() == dict.fromkeys(names, "accepted")

            wait.start_soon(until, "all are in", all_in, 60)
    found = await site.json("enroll", "list")
    assert all(machine["record"]["rivals"] == [] for machine in found["machines"])


async def test_mistakes_are_told_with_the_way_out(site: Site, tmp_path: Path) -> None:
    nobody = await site.enroll("web-01", "--url", site.server.url, code=1)
    assert "--pin" in nobody.err
    clear = await site.enroll("web-01", "--url", "nats://127.0.0.1:4222", *site.pin[2:], code=1)
    assert "in clear" in clear.err
    half = await site.enroll("web-01", "--token", "-", word="eyJ1cmwiOg", code=1)
    assert "not a join token" in half.err
    both = await site.enroll("web-01", *site.pin, "--trust-on-first-use", code=1)
    assert "one of" in both.err
    runs = await site.run(PEEL, "run", "--state-dir", str(tmp_path / "none"), code=1)
    assert "not enrolled" in runs.err
    assert "zester-peel enroll" in runs.err
    async with site.master("--enroll-policy", "all"):
        await site.ready()
        unknown = await site.zester("enroll", "accept", "web-99", code=1)
        assert "web-99" in unknown.err
        await site.enroll("web-02", "--url", site.server.url, "--trust-on-first-use")
        is_peel = await site.zester("enroll", "reject", "web-02", code=1)
        assert "zester enroll revoke web-02" in is_peel.err
        other = Realm.generate().operator_public
        stranger = await site.enroll("web-02", *site.pin[:2], "--pin", other, code=1)
        assert "believes operator" in stranger.err
