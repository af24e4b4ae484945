"""Jobs outlive whoever gave them: found, watched, ended and repeated later."""

from __future__ import annotations

import itertools
import json
import signal
import sys
from pathlib import Path

import anyio
import pytest

from support.operators import JobPeel, MakeJobPeel, Zester, announce
from support.peel import until
from support.trusted import bus_as
from zester.bus.server.embedded import EmbeddedServer
from zester.targeting.node import NodeView
from zester.trust.tiers import Tier

pytestmark = pytest.mark.anyio

A, B = NodeView("a"), NodeView("b")


def _pids(peel: JobPeel) -> list[int]:
    file = peel.folder / "root" / "pid"
    return [int(text) for text in file.read_text().split()] if file.exists() else []


def _alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


async def test_a_job_is_found_again_with_who_gave_it(zester: Zester, job_peel: MakeJobPeel) -> None:
    async with job_peel(A), job_peel(B):
        given = await zester("--async", "*", "cmd.run", "echo hi")
        jid = given.stdout.strip()
        watched = await zester("job", "watch", jid)
        assert watched.returncode == 0, watched.stderr
        assert watched.stdout == "a:\n    hi\nb:\n    hi\n"
        listed = await zester("job", "list")
        assert "OWNER" in listed.stdout.splitlines()[0]
        assert jid in listed.stdout
        assert "alice" in listed.stdout
        shown = json.loads((await zester("job", "show", jid, "-o", "json")).stdout)
        assert shown["job"]["who"] == "alice"
        assert [each["value"] for each in shown["returns"]] == ["hi", "hi"]
        unknown = await zester("job", "show", "20200101-000000-abcdef")
        assert (unknown.returncode, unknown.stdout) == (1, "")


async def test_killing_a_job_ends_its_whole_process_tree(
    zester: Zester, job_peel: MakeJobPeel
) -> None:
    async with job_peel(A) as peel:
        grandchild = "sh -c 'echo $$ >> pid; sleep 300 & echo $! >> pid; wait'"
        script = (
            f"echo $$ > pid; {grandchild} & setsid {grandchild} & nohup {grandchild} & "
            "trap '' HUP; wait"
        )
        given = await zester("--async", "*", "cmd.run", script, "cwd=/")
        jid = given.stdout.strip()
        await until("its processes run", lambda: len(_pids(peel)) == 7)
        assert all(map(_alive, _pids(peel)))
        killed = await zester("job", "kill", jid)
        assert (killed.stdout, killed.returncode) == ("ended on 1: a\n", 0), killed.stderr
        await until("they are gone", lambda: not any(map(_alive, _pids(peel))))
        shown = await zester("job", "watch", jid)
        assert shown.returncode == 2
        assert "killed" in shown.stdout


async def test_failed_and_silent_peels_get_a_job_again(
    zester: Zester, job_peel: MakeJobPeel, trusted_server: EmbeddedServer
) -> None:
    async with bus_as(trusted_server, Tier.MASTER) as master:
        await announce(master, NodeView("c"), live=False)
    async with job_peel(A) as a, job_peel(B):
        (a.folder / "root" / "no").touch()
        given = await zester("*", "cmd.run", "test ! -e no", "cwd=/", "-o", "json")
        assert given.returncode == 4
        jid = json.loads(given.stdout)[0]["jid"]
        (a.folder / "root" / "no").unlink()
        async with job_peel(NodeView("c")):
            again = await zester("job", "retry-failed", jid, "-o", "json")
        assert again.returncode == 0, again.stderr
        assert [each["peel"] for each in json.loads(again.stdout)] == ["a", "c"]


async def test_ctrl_c_leaves_the_job_running(
    zester: Zester, job_peel: MakeJobPeel, trust: str
) -> None:
    async with job_peel(A) as peel:
        words = ("*", "cmd.run", "echo $$ > pid; sleep 3; echo done", "cwd=/", "--trust", trust)
        argv = [sys.executable, "-m", "zester.cli.main", *words]
        async with await anyio.open_process(argv) as process:
            await until("it runs", lambda: _pids(peel))
            process.send_signal(signal.SIGINT)
            assert await process.wait() == 130
            assert process.stderr is not None
            told = (await process.stderr.receive()).decode()
        assert "zester job watch " in told
        jid = told.split("zester job watch ")[1].split()[0]
        watched = await zester("job", "watch", jid)
        assert (watched.stdout, watched.returncode) == ("a:\n    done\n", 0), watched.stderr


async def test_large_output_is_kept_whole_and_shown_in_part(
    zester: Zester, job_peel: MakeJobPeel
) -> None:
    async with job_peel(A):
        given = await zester("*", "cmd.run", "head -c 600000 /dev/zero | tr '\\0' x; echo end")
        assert "characters left out" in given.stdout
        assert "zester job output " in given.stdout
        jid = given.stdout.split("zester job output ")[1].split()[0]
        whole = await zester("job", "output", jid, "a")
        assert whole.stdout == "x" * 600_000 + "end\n"


async def test_a_durable_job_reaches_who_is_away(
    zester: Zester, job_peel: MakeJobPeel, trusted_server: EmbeddedServer
) -> None:
    async with bus_as(trusted_server, Tier.MASTER) as master:
        await announce(master, B, live=False)
    async with job_peel(A):
        given = await zester("*", "cmd.run", "echo once >> ran; cat ran", "cwd=/", "--durable")
        assert (given.returncode, given.stdout) == (0, "a:\n    once\n")
        assert "gets it when it is back: 1: b" in given.stderr
        async with job_peel(B) as peel:
            file = peel.folder / "root" / "ran"
            await until("it ran", file.exists)
            listed = json.loads((await zester("job", "list", "-o", "json")).stdout)
            jid = listed[0]["jid"]
            await zester("job", "watch", jid)
        async with job_peel(B) as peel:
            await zester("b", "test.ping")
            assert file.read_text() == "once\n"
        shown = json.loads((await zester("job", "show", jid, "-o", "json")).stdout)
        assert [each["status"] for each in shown["returns"]] == ["done", "done"]


async def test_batches_never_let_more_work_at_once(zester: Zester, job_peel: MakeJobPeel) -> None:
    async with job_peel(A), job_peel(B), job_peel(NodeView("c")):
        given = await zester(
            "*", "cmd.run", "date +%s%N; sleep 0.4; date +%s%N", "-b", "1", "-o", "json"
        )
        spans = sorted(tuple(map(int, each["value"].split())) for each in json.loads(given.stdout))
        assert len(spans) == 3
        assert all(one[1] <= other[0] for one, other in itertools.pairwise(spans))
        given = await zester("*", "cmd.run", "false", "-b", "34%", "--failhard", "-o", "json")
        found = json.loads(given.stdout)
        assert {each["status"] for each in found} == {"failed", "unsent"}
        assert given.returncode == 2
        assert sum(each["status"] == "failed" for each in found) < 3


async def test_a_subset_is_so_large_as_asked(zester: Zester, job_peel: MakeJobPeel) -> None:
    async with job_peel(A), job_peel(B), job_peel(NodeView("c")):
        given = await zester("*", "test.ping", "--subset", "2", "-o", "json")
        assert len(json.loads(given.stdout)) == 2
