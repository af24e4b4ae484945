"""Running commands: bounded in time and memory, nothing left behind."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from zester.errors import CommandTimeout, HostError
from zester_peel.host.accounts import Accounts
from zester_peel.host.linux import LinuxHost
from zester_peel.host.paths import Paths
from zester_peel.host.processes.commands import Commands
from zester_peel.host.protocol import Launch

pytestmark = pytest.mark.anyio


@pytest.fixture
def commands(root: Path) -> Commands:
    paths = Paths(root)
    return Commands(paths, Accounts(paths), output_limit=1000, grace=0.3)


def sh(script: str) -> tuple[str, ...]:
    return ("/bin/sh", "-c", script)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


async def until(condition: Callable[[], bool]) -> None:
    with anyio.fail_after(30):
        while not condition():  # noqa: ASYNC110 - another process changes it
            await anyio.sleep(0.01)


async def test_output_code_and_input(host: LinuxHost) -> None:
    done = await host.run(sh("cat; echo err >&2; exit 7"), stdin=b"in\xff")
    assert (done.returncode, done.stdout, done.stderr) == (7, "in\ufffd", "err\n")
    assert done.pid > 0
    assert not done.truncated


async def test_standard_input_is_closed(host: LinuxHost) -> None:
    assert (await host.run(("cat",), timeout=10)).stdout == ""


async def test_a_command_gets_the_c_locale_and_nothing_of_the_peel(
    host: LinuxHost, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZESTER_TOKEN", "secret")
    monkeypatch.setenv("PYDANTIC_DISABLE_PLUGINS", "__all__")
    monkeypatch.setenv("NOTIFY_SOCKET", "/run/x")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    ours = "$ZESTER_TOKEN$PYDANTIC_DISABLE_PLUGINS"
    script = f'echo "$LC_ALL|{ours}|$NOTIFY_SOCKET|$ZESTER_ROOT|$MINE|$PWD"'
    done = await host.run(sh(script), env={"MINE": "a b\n"}, cwd="/")
    assert done.stdout == f"C|||{root}|a b\n|{root}\n"


async def test_output_is_bounded_and_the_command_still_ends(commands: Commands) -> None:
    done = await commands.run(sh("head -c 5000000 /dev/zero | tr '\\0' x"), timeout=30)
    assert done.truncated
    assert done.stdout == "x" * 1000


async def test_the_deadline_ends_the_whole_group(commands: Commands, root: Path) -> None:
    script = "trap '' TERM; sleep 60 & echo $! > child; echo $$ > leader; wait; wait; sleep 60"
    with pytest.raises(CommandTimeout, match="'/bin/sh' ran past its 1 s"):
        await commands.run(sh(script), timeout=1)
    pids = [int((root / name).read_text()) for name in ("child", "leader")]
    await until(lambda: not any(alive(pid) for pid in pids))


async def test_cancellation_leaves_no_orphan(commands: Commands, root: Path) -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(commands.run, sh("sleep 60 & echo $! > tmp; mv tmp child; wait"))
        await until((root / "child").exists)
        tasks.cancel_scope.cancel()
    child = int((root / "child").read_text())
    await until(lambda: not alive(child))


async def test_a_background_process_holding_the_pipe_does_not_hold_us(
    commands: Commands, root: Path
) -> None:
    done = await commands.run(sh("sleep 60 & echo $! > child; echo started"), timeout=30)
    assert done.stdout == "started\n"
    child = int((root / "child").read_text())
    assert alive(child)
    os.kill(child, 9)


async def test_what_cannot_start_says_why(host: LinuxHost, root: Path) -> None:
    (root / "not-executable").write_text("")
    cases: list[tuple[tuple[str, ...], str]] = [
        (("/no/such/program",), "no such file"),
        ((str(root / "not-executable"),), r"permission denied \(uid"),
        (("echo", "zero\0byte"), "null"),
        ((), "without a name"),
        (("",), "without a name"),
    ]
    for argv, why in cases:
        with pytest.raises(HostError, match=why):
            await host.run(argv)
    with pytest.raises(HostError, match="in /gone: there is no such directory"):
        await host.run(("true",), cwd="/gone")
    with pytest.raises(HostError, match="no such user"):
        await host.run(("true",), user="nobody-we-know")


async def test_another_user_brings_home_and_groups() -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root")
    done = await LinuxHost().run(sh('echo "$(id -un) $(id -u) $USER $HOME"; pwd'), user="daemon")
    name, uid, user, home = done.stdout.splitlines()[0].split()
    assert (name, user) == ("daemon", "daemon")
    assert int(uid) > 0
    assert home.startswith("/")


async def test_a_signal_is_a_negative_code(host: LinuxHost) -> None:
    assert (await host.run(sh("kill -9 $$"))).returncode == -9


async def test_a_command_is_confirmed_once_it_has_read_its_input_but_the_end(
    commands: Commands, root: Path
) -> None:
    seen: list[str] = []

    async def confirm() -> bool:
        seen.append((root / "read").read_text())
        return True

    script = sh("head -c 6 > read; cat > rest; echo done")
    done = await commands.run(
        script, cwd="/", timeout=60, stdin=b"123456", launch=Launch(confirm=confirm)
    )
    assert (done.returncode, done.stdout) == (0, "done\n")
    assert len(seen) == 1
    assert (root / "read").read_text() == "123456"


async def test_a_command_that_is_not_confirmed_does_not_come_to_its_end(
    commands: Commands, root: Path
) -> None:
    async def confirm() -> bool:
        return False

    script = sh("trap 'echo tidied; exit 130' INT; cat > read; echo done")
    done = await commands.run(
        script, cwd="/", timeout=60, stdin=b"123456", launch=Launch(confirm=confirm)
    )
    assert "done" not in done.stdout
    assert done.returncode == 130


async def test_a_command_that_reads_nothing_is_confirmed_all_the_same(commands: Commands) -> None:
    async def confirm() -> bool:
        return True

    done = await commands.run(
        sh("sleep 0.7"), cwd="/", timeout=60, stdin=b"x" * 100, launch=Launch(confirm=confirm)
    )
    assert done.returncode == 0
