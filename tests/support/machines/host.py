"""A managed host as a test sees it: the peel as a process of its own, below a folder."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from support.dev import alive, until

PROBE = 9090
STOP = 10.0

Inside = Callable[[], AbstractContextManager[None]]


class ManagedHost:
    """One peel, started and ended by the test.

    ``entering`` is put before its command line (``("nsenter", "--net=…")``) and must end in an
    ``exec``; ``inside`` takes this process to where its probes can be reached. ``settings`` are
    the peel's, by name.
    """

    def __init__(
        self,
        folder: Path,
        url: str,
        *,
        name: str = "web-01",
        entering: tuple[str, ...] = (),
        inside: Inside = contextlib.nullcontext,
        settings: Mapping[str, object] | None = None,
    ) -> None:
        self.name = name
        self.root = folder / "root"
        self.state = folder / "state"
        self._log = folder / "peel.log"
        self._entering = entering
        self._inside = inside
        self._environment = {
            f"ZESTER_PEEL_{key.upper()}": str(value)
            for key, value in {
                "id": name,
                "url": url,
                "root": self.root,
                "state_dir": self.state,
                "probe": f"127.0.0.1:{PROBE}",
                "lease_ttl": 5,  # silence shows soon
                **(settings or {}),
            }.items()
        }
        self._process: subprocess.Popen[bytes] | None = None
        self.root.mkdir(parents=True, exist_ok=True)
        self.state.mkdir(exist_ok=True)

    def start(self) -> None:
        """Start the peel and wait until it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._entering, sys.executable, "-m", "zester_peel.main", "run"],
                env={**os.environ, **self._environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        until(f"{self.name} answers", self._answers)

    def stop(self) -> None:
        """End the peel, also a stopped or a stubborn one; fine when it does not run."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGCONT)
        process.terminate()
        try:
            process.wait(STOP)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    @property
    def pid(self) -> int:
        assert self._process is not None, f"{self.name} was not started"
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None and alive(self.pid)

    def signal(self, number: signal.Signals) -> None:
        """Send the peel a signal."""
        os.kill(self.pid, number)

    def path(self, name: str) -> Path:
        """Return where an absolute path of the host lies."""
        return self.root / name.lstrip("/")

    def text(self, name: str) -> str | None:
        """Return what a file holds, None when it cannot be read."""
        try:
            return self.path(name).read_text()
        except OSError:
            return None

    def log(self) -> str:
        """Return everything the peel logged."""
        return self._log.read_text(errors="replace")

    def metric(self, name: str, **labels: str) -> float:
        """Return the sum of a metric's series that carry these labels."""
        wanted = [f'{key}="{value}"' for key, value in labels.items()]
        found = re.findall(rf"^{name}(?:\{{(.*)\}})? (\S+)$", self._get("/metrics"), re.MULTILINE)
        return sum(float(value) for has, value in found if all(one in has for one in wanted))

    def check(self, name: str) -> str:
        """Return what ``/readyz`` says about one condition, empty when it says nothing."""
        found: dict[str, Any] = json.loads(self._get("/readyz"))
        return str(found["checks"].get(name, {}).get("message", ""))

    def cpu(self) -> float:
        """Return the seconds of processor time the peel has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def descriptors(self) -> list[str]:
        """Return what the peel holds open: one entry a descriptor, numbers left out."""
        found = []
        for one in Path(f"/proc/{self.pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                found.append(re.sub(r"\d+", "", str(one.readlink())))
        return sorted(found)

    def watches(self) -> int:
        """Return how many inotify watches the peel holds."""
        infos = Path(f"/proc/{self.pid}/fdinfo").iterdir()
        return sum(info.read_text().count("inotify wd:") for info in infos)

    def leftovers(self) -> list[Path]:
        """Return the temporary files that are still there."""
        return [path for path in self.root.rglob(".zester-*") if not path.is_dir()]

    def _answers(self) -> bool:
        assert self.alive, f"{self.name} ended at its start: {self.log()}"
        try:
            return bool(self._get("/healthz"))
        except OSError:
            return False

    def _get(self, path: str) -> str:
        with self._inside():
            connection = http.client.HTTPConnection("127.0.0.1", PROBE, timeout=10)
            try:
                connection.request("GET", path)
                return connection.getresponse().read().decode()
            finally:
                connection.close()
