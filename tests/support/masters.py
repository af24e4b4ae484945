"""Masters as processes of a test."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zester.bus.server.embedded import free_port

LEASE_TTL = 3.0


class MasterProcess:
    """One master; ``settings`` are ``ZESTER_MASTER_*`` without that, ``log`` what it said."""

    def __init__(self, trust: Path, name: str, folder: Path, **settings: str) -> None:
        self.name = name
        self.port = free_port()
        self._trust = trust
        self._log = folder / f"{name}.log"
        self._environment = {
            "ZESTER_MASTER_LEASE_TTL": str(LEASE_TTL),
            "ZESTER_MASTER_KEEP_INTERVAL": "1",
            **{f"ZESTER_MASTER_{key.upper()}": value for key, value in settings.items()},
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "zester_controller.main", "run", "--id", self.name),
                    *("--trust", str(self._trust), "--probe", f"127.0.0.1:{self.port}"),
                ],
                env={**os.environ, **self._environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def kill(self) -> None:
        """End it as a crash would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it cleanly."""
        self._end(signal.SIGTERM)

    @property
    def pid(self) -> int:
        """The process's id while it runs."""
        assert self._process is not None
        return self._process.pid

    def log(self) -> str:
        return self._log.read_text() if self._log.exists() else ""

    def _end(self, number: int) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(number)
            process.wait(20)


@contextmanager
def masters(
    trust: Path, folder: Path, *names: str, **settings: str
) -> Iterator[list[MasterProcess]]:
    """Run masters; those that still run are ended."""
    made = [MasterProcess(trust, name, folder, **settings) for name in names]
    try:
        for master in made:
            master.start()
        yield made
    finally:
        for master in made:
            master.kill()
