"""``zester dev`` as a user runs it: real processes below a folder of the test."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from zester.bus.link.login import FixedLogin
from zester.trust.disk.client_folder import ClientFolder
from zester.trust.tiers import Tier


class Dev:
    """A dev set-up in ``folder``; ``tree`` is the folder that is pushed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tree = folder / "tree"
        self.tree.mkdir()
        self.environment = {"ZESTER_PEEL_LEASE_TTL": "5"}  # silence shows soon

    def zester(self, *args: str, code: int | None = 0) -> subprocess.CompletedProcess[str]:
        """Run the command line and check its exit code, unless that is None."""
        done = self.start(*args)
        try:
            out, err = done.communicate(timeout=90)
        except subprocess.TimeoutExpired:
            done.kill()
            out, err = done.communicate()
            raise AssertionError(f"{args} did not end within 90 s: {out}{err}") from None
        assert code is None or done.returncode == code, (
            f"{args} ended with {done.returncode}: {out}{err}"
        )
        return subprocess.CompletedProcess(args, done.returncode, out, err)

    def start(self, *args: str) -> subprocess.Popen[str]:
        """Start the command line without waiting."""
        return subprocess.Popen(
            [sys.executable, "-m", "zester.cli.main", *args],
            cwd=self.folder,
            env={**os.environ, **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def write(self, files: dict[str, str]) -> None:
        """Write files of the tree."""
        for path, text in files.items():
            target = self.tree / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)

    def root(self, peel: int = 1) -> Path:
        return self.folder / ".zester/peels" / f"peel-{peel}" / "root"

    @property
    def url(self) -> str:
        return str(self._setup()["url"])

    def login(self) -> FixedLogin:
        """An operator's."""
        client = ClientFolder.open(self.folder / ".zester/trust/clients/base")
        return FixedLogin(client.credentials(Tier.OPERATOR), client.authorities())

    def pid(self, name: str) -> int:
        return int(self._setup()["processes"][name]["pid"])

    def probe(self, name: str) -> str:
        return str(self._setup()["processes"][name]["probe"])

    def log(self, name: str) -> str:
        return (self.folder / ".zester/logs" / f"{name}.log").read_text()

    def kill(self, name: str) -> None:
        """End a process as a crash would and wait until it is gone."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGKILL)
        until(f"{name} is gone", lambda: not alive(pid))

    def status(self) -> dict[str, dict[str, Any]]:
        """What ``zester status`` says, by peel."""
        found = json.loads(self.zester("status", "-o", "json").stdout)
        return {peel["peel"]: peel for peel in found}

    def _setup(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / ".zester/dev.json").read_text())
        return found


def until(what: str, holds: Callable[[], bool], timeout: float = 60) -> None:
    """Wait until something holds; fail with its name."""
    deadline = time.monotonic() + timeout
    while not holds():
        assert time.monotonic() < deadline, f"not within {timeout} s: {what}"
        time.sleep(0.01)


def alive(pid: int) -> bool:
    """Whether a process runs; one that only waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def tied(folder: Path) -> list[int]:
    """Return the process groups that a peel remembers in its folder of commands."""
    said = [entry.read_text().split() for entry in folder.iterdir()] if folder.is_dir() else []
    return [int(words[1]) for words in said if len(words) == 3]
