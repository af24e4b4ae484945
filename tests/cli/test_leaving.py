"""Ending a short command at once."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

BEGIN = """
import atexit, os, sys
from zester.cli.console.leaving import leaving_at_once
class Taken:
    def __del__(self): os.write(2, b"taken apart")
taken = Taken()
"""


def ended(block: str, before: str = "") -> subprocess.CompletedProcess[str]:
    script = f"{BEGIN}{before}\nwith leaving_at_once():\n    {block}"
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.run(
        (sys.executable, "-c", script), capture_output=True, text=True, env=buffered
    )


@pytest.mark.parametrize(
    ("block", "code"),
    [
        ("sys.exit()", 0),
        ("sys.exit(0)", 0),
        ("sys.exit(True)", 1),
        ("sys.exit(3)", 3),
        ("sys.exit(256 + 7)", 7),
        ("raise SystemExit(-1)", 255),
    ],
)
def test_it_ends_with_the_code_that_was_asked_for(block: str, code: int) -> None:
    done = ended(block)
    assert (done.returncode, done.stderr) == (code, "")


def test_what_was_printed_is_out_and_what_waits_for_the_end_is_done() -> None:
    done = ended(
        "atexit.register(print, 'done at the end'); sys.stdout.write('printed '); sys.exit(2)"
    )
    assert (done.returncode, done.stdout) == (2, "printed done at the end\n")


def test_threads_that_work_are_waited_for() -> None:
    done = ended(
        "import threading, time; "
        "threading.Thread(target=lambda: (time.sleep(0.3), print('worked'))).start(); sys.exit(4)"
    )
    assert (done.returncode, done.stdout) == (4, "worked\n")


def test_a_message_and_a_traceback_are_shown_as_ever() -> None:
    said, failed = ended("sys.exit('no such thing')"), ended("1 / 0")
    assert (said.returncode, said.stderr) == (1, "no such thing\ntaken apart")
    assert failed.returncode == 1
    assert "ZeroDivisionError" in failed.stderr


def test_it_is_told_when_what_was_printed_cannot_be_written() -> None:
    done = ended("print('x' * 100); sys.exit(0)", "os.dup2(os.open('/dev/full', os.O_WRONLY), 1)")
    assert done.returncode == 120  # Python's own way
    assert "No space left on device" in done.stderr


def test_a_closed_output_does_not_matter() -> None:
    assert ended("sys.exit(5)", "sys.stdout.close(); sys.stderr = None").returncode == 5
