"""A peel that crashes leaves no image of its memory; what its states start is as it was."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

SHOW = "import ctypes; print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
PROGRAM = f"""
import resource, subprocess, sys
from zester_peel.agent.secrecy.dumps import refuse_dumps
{SHOW}
refuse_dumps()
{SHOW}
print(subprocess.run([sys.executable, "-c", {SHOW!r}], capture_output=True, text=True).stdout)
print(resource.getrlimit(resource.RLIMIT_CORE) == {{limits}})
"""


def test_it_cannot_be_dumped_and_its_children_can() -> None:
    program = PROGRAM.format(limits=resource.getrlimit(resource.RLIMIT_CORE))
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["1", "0", "1", "True"]


def test_a_crash_writes_no_core(tmp_path: Path) -> None:
    program = (
        "import os, resource, signal\n"
        "from zester_peel.agent.secrecy.dumps import refuse_dumps\n"
        "hard = resource.getrlimit(resource.RLIMIT_CORE)[1]\n"
        "resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))\n"
        "refuse_dumps()\n"
        "os.kill(os.getpid(), signal.SIGABRT)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", program], cwd=tmp_path)
    _, status = os.waitpid(child.pid, 0)
    child.returncode = -signal.SIGABRT
    assert os.WTERMSIG(status) == signal.SIGABRT
    assert not os.WCOREDUMP(status)
    assert list(tmp_path.iterdir()) == []
