"""How verbs about jobs end, and how one goes away from a job and comes back."""

from __future__ import annotations

import re
import signal
import sys
from pathlib import Path

import anyio
import pytest

from support.operators import MakeJobPeel, Zester, announce
from support.peel import until
from support.trusted import bus_as
from zester.bus.server.embedded import EmbeddedServer
from zester.targeting.node import NodeView
from zester.trust.tiers import Tier

pytestmark = pytest.mark.anyio


async def test_verbs_about_a_job_end_as_the_job_did(zester: Zester, job_peel: MakeJobPeel) -> None:
    async with job_peel(NodeView("a")), job_peel(NodeView("b")):
        given = await zester("*", "cmd.run", "exit 7", "-v")
        assert given.returncode == 2
        told = re.match(r"job (\S+)\n", given.stderr)
        assert told is not None, given.stderr
        for verb in ("show", "watch", "retry-failed"):
            assert (await zester("job", verb, told[1])).returncode == 2, verb
        killed = await zester("job", "kill", told[1])
        assert (killed.stdout, killed.returncode) == ("ended on 0\n", 0)
        given = await zester("*", "test.ping", "--async")
        jid = given.stdout.strip()
        assert (await zester("job", "watch", jid)).returncode == 0
        again = await zester("job", "retry-failed", jid)
        assert (again.stderr, again.returncode) == (f"job {jid} has not failed anywhere\n", 0)
        unknown = await zester("job", "show", "20260101-000000-aaaaaa")
        assert unknown.returncode == 1


async def test_who_still_works_is_not_called_silent(
    zester: Zester, job_peel: MakeJobPeel, tmp_path: Path
) -> None:
    begun = tmp_path / "begun"
    async with job_peel(NodeView("a")):
        jid = (await zester("a", "cmd.run", f"touch {begun}; sleep 60", "--async")).stdout.strip()
        await until("the function began", begun.exists)
        shown = await zester("job", "show", jid)
        assert (shown.stderr, shown.returncode) == ("still at work: 1: a\n", 0)
        assert (await zester("job", "kill", jid)).stdout == "ended on 1: a\n"
        watched = await zester("job", "watch", jid)
        assert (watched.stdout, watched.returncode) == (
            "a:\n    killed: ended before it was done\n",
            2,
        )


async def test_who_leaves_a_job_in_batches_is_told_what_becomes_of_it(
    zester: Zester, job_peel: MakeJobPeel, trust: Path, tmp_path: Path
) -> None:
    begun = tmp_path / "begun"
    async with job_peel(NodeView("a")), job_peel(NodeView("b")):
        script = f"touch {begun}; sleep 2; echo done"
        words = ["*", "cmd.run", script, "-b", "1", "--trust", str(trust)]
        argv = [sys.executable, "-m", "zester.cli.main", *words]
        async with await anyio.open_process(argv) as process:
            await until("the function began", begun.exists)
            process.send_signal(signal.SIGINT)
            assert process.stderr is not None
            said = b"".join([part async for part in process.stderr]).decode()
            assert await process.wait() == 130
        back = re.findall(r"zester (job .*)$", said, re.MULTILINE)
        assert len(back) == 2, said
        done = await zester(*back[0].split())
        assert (done.stdout, done.stderr) == ("a:\n    done\n", "not sent to 1: b\n")
        again = await zester(*back[1].split())
        assert (again.stdout, again.returncode) == ("b:\n    done\n", 0)
        refused = await zester("*", "test.ping", "--async", "-b", "1")
        assert (refused.returncode, "no -b" in refused.stderr) == (1, True)


@pytest.mark.parametrize(
    ("form", "wanted"),
    [
        ("txt", "a: True\nb: True\nc: True\n"),
        ("text", "a: True\nb: True\nc: True\n"),
        ("newline_values_only", "True\nTrue\nTrue\n"),
        ("ids", "a\nb\nc\n"),
        ("key", "a\nb\nc\n"),
        ("no_return", ""),
        ("nested", "3 peels: a, b, c:\n    True\n"),
        ("highstate", "3 peels: a, b, c:\n    True\n"),
        ("quiet", ""),
    ],
)
async def test_forms_of_results_have_salts_names_too(
    zester: Zester, job_peel: MakeJobPeel, form: str, wanted: str
) -> None:
    async with job_peel(NodeView("a")), job_peel(NodeView("b")), job_peel(NodeView("c")):
        done = await zester("*", "test.ping", f"--out={form}", "--static")
        assert (done.stdout, done.returncode) == (wanted, 0)
        jid = (await zester("--compound", "*", "test.ping", "--async")).stdout.strip()
        done = await zester("job", "watch", jid, "-o", form)
        assert (done.stdout, done.returncode) == (wanted, 0)


async def test_a_durable_job_is_not_lost_on_a_peel_that_says_nothing(
    zester: Zester, job_peel: MakeJobPeel, trusted_server: EmbeddedServer
) -> None:
    async with bus_as(trusted_server, Tier.MASTER) as master:
        await announce(master, NodeView("gone"), live=True)
    async with job_peel(NodeView("a")):
        done = await zester("*", "test.ping", "--durable")
        assert (done.stdout, done.returncode) == ("a:\n    True\n", 0)
        assert done.stderr == "away, gets it when it is back: 1: gone\n"
        failed = await zester("a", "cmd.run", "exit 3")
        assert (failed.stdout, failed.returncode) == ("a:\n    failed, exit code 3\n", 2)


async def test_a_name_that_nobody_has_heard_of_is_told(
    zester: Zester, job_peel: MakeJobPeel
) -> None:
    async with job_peel(NodeView("a")):
        for words in (("-L", "a,aa"), ("L@a,aa", "-b", "1")):
            done = await zester(*words, "test.ping")
            told = "a:\n    True\naa:\n    no answer: no peel of this name is known\n"
            assert (done.stdout, done.returncode) == (told, 3), done.stderr
            assert done.stderr == "no answer from 1: aa\n"
        done = await zester("-L", "aa", "test.ping")
        assert (done.stderr, done.returncode) == ("no peel matches\n", 1)
