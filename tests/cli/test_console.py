"""What every verb shows, whatever it is given."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Callable
from pathlib import Path

import anyio
import click
import pytest
from click.testing import CliRunner

from support.trusted import bus_as, client_folder
from zester.bus.buckets import LEASES, STATUS
from zester.bus.keys import make_key
from zester.bus.kv import Kv
from zester.bus.records import Records
from zester.bus.server.embedded import EmbeddedServer
from zester.cli.console.entry import LazyGroup, run
from zester.cli.console.output import ago, dump, stamp, table
from zester.cli.console.problems import printable
from zester.cli.wait import watch_convergence
from zester.errors import SourceError
from zester.resources.lease import Lease
from zester.resources.nodes.status import Condition, PeelStatus
from zester.trust.tiers import Tier

CONTROLS = "\x1b[2J\x1b]0;owned\x07\u202egpj.exe\x00\x9b31m\u2028\ufeff"


def shown(work: Callable[[], object]) -> str:
    @click.command()
    def command() -> None:
        work()

    result = CliRunner().invoke(command)
    assert result.exception is None, result.exception
    return result.stdout


def test_nothing_from_the_bus_drives_the_terminal() -> None:
    text = shown(lambda: table(("A", "B"), [(CONTROLS, "x\ny\tz")]))
    assert all(char.isprintable() or char == "\n" for char in text)
    assert text.count("\n") == 2
    assert all(char.isprintable() for char in printable(CONTROLS))


@pytest.mark.parametrize("fmt", ["json", "yaml"])
def test_every_value_of_a_state_file_can_be_dumped(fmt: str) -> None:
    value = {"a": [1, "ü", b"\xff", math.inf, -math.inf, math.nan, None, (1,)], 1: 2, None: 3}

    text = shown(lambda: dump(value, fmt))

    assert text
    if fmt == "json":
        found = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
        assert found["a"][2] == "/w=="


@pytest.mark.parametrize("moment", [1e300, -1e300, 0.0, 2.0**63])
def test_a_time_nobody_can_have_is_still_shown(moment: float) -> None:
    assert len(ago(moment)) < 20
    assert len(stamp(moment)) < 25


def _verb(error: BaseException) -> click.Group:
    group = LazyGroup("test", {}, "A test.")

    @click.command()
    def fail() -> None:
        raise error

    group.get_command = lambda ctx, cmd_name: fail  # type: ignore[method-assign]  # one verb, not lazy
    group.resolve_command = lambda ctx, args: ("fail", fail, [])  # type: ignore[method-assign]  # the same
    return group


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (PermissionError(13, "Permission denied", "/root/x"), "/root/x: Permission denied"),
        (OSError(28, "No space left on device"), "No space left on device"),
        (SourceError("broken\x1b[2J", hint="mend it"), "broken\\x1b[2J"),
    ],
)
def test_an_error_is_one_line_and_exit_code_one(
    error: Exception,
    words: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "argv", ["test", "fail"])
    with pytest.raises(SystemExit) as caught:
        run(_verb(error))
    assert caught.value.code == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert words in captured.err
    assert "Traceback" not in captured.err


async def _zester(*args: str, trust: Path, **extra: str) -> tuple[int, str, str]:
    command = [sys.executable, "-m", "zester.cli.main", *args]
    done = await anyio.run_process(
        command, check=False, env={**os.environ, "ZESTER_TRUST": str(trust), **extra}
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def status(node: str, message: str = "") -> PeelStatus:
    ready = Condition(type="Ready", status="True", reason="Converged", message=message, since=1.0)
    return PeelStatus(
        id=node, env="base", version="1", applied={"cli": 1}, conditions=(ready,),
        started=1.0, updated=-1e300,
    )  # fmt: skip


@pytest.mark.anyio
async def test_status_of_hostile_peels_is_a_table_and_json(
    trusted_server: EmbeddedServer, tmp_path: Path
) -> None:
    async with bus_as(trusted_server, Tier.MASTER) as bus:
        await Kv(bus, STATUS, PeelStatus).put(make_key("web.a"), status("web.a", CONTROLS))
        await Records(bus, STATUS).put("other", CONTROLS.encode())
    trust = client_folder(tmp_path / "trust", trusted_server)

    code, out, err = await _zester("status", trust=trust)
    assert (code, err) == (0, "")
    assert all(char.isprintable() or char == "\n" for char in out)
    code, out, err = await _zester("status", "-o", "json", trust=trust, LC_ALL="C")
    assert (code, err) == (0, "")
    assert {peel["peel"] for peel in json.loads(out)} == {"web.a", "other"}


@pytest.mark.anyio
async def test_a_wait_goes_on_when_the_server_comes_back(tmp_path: Path) -> None:
    from zester.bus.link.connection import open_bus
    from zester.bus.server.provision import provision

    server = EmbeddedServer(tmp_path / "nats")
    await server.start()
    try:
        async with open_bus([server.url], name="test") as bus:
            await provision(bus)
            await Kv(bus, STATUS, PeelStatus).put("web", status("web"))
            codes: list[int] = []

            async def wait() -> None:
                codes.append(await watch_convergence(bus, "base", "cli", 1, 30))

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(wait)
                await anyio.sleep(0.2)  # it waits for the silent peel now
                await server.kill()
                await server.start()
                await bus.wait_connected(20)
                await Kv(bus, LEASES, Lease).put("peel.web", Lease(holder="web", renewed=1.0))
        assert codes == [0]
    finally:
        await server.stop()
