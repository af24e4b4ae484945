"""Processes that outlive the command that started them, found again without mistaking a pid."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from zester.dataclass import dataclass
from zester.errors import SettingsError

STOP_TIMEOUT = 10.0


@dataclass(frozen=True, slots=True)
class DevProcess:
    """One process of a dev set-up. ``born`` is its start time in clock ticks since boot."""

    name: str
    argv: tuple[str, ...]
    log: str
    pid: int = 0
    born: int = 0
    probe: str = ""

    @property
    def alive(self) -> bool:
        """Whether this very process still runs (a reused pid is another process)."""
        return self.pid > 0 and _born(self.pid) == self.born

    def start(self) -> DevProcess:
        """Start it in a session of its own and return it with its pid."""
        with Path(self.log).open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - our own entry points
                self.argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        # The interpreter must not wait for it, nor warn that it did not.
        process.returncode = 0
        born = _born(process.pid)
        return DevProcess(self.name, self.argv, self.log, process.pid, born or 0, self.probe)

    def stop(self, *, kill: bool = False) -> None:
        """End it: politely first, unless ``kill``. Returns when it is gone."""
        if not self.alive:
            return
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL if kill else signal.SIGTERM)
        deadline = time.monotonic() + STOP_TIMEOUT
        while self.alive:
            if time.monotonic() > deadline:
                with suppress(ProcessLookupError):
                    os.kill(self.pid, signal.SIGKILL)
            _reap(self.pid)
            time.sleep(0.01)


@dataclass(frozen=True, slots=True)
class DevSetup:
    """A dev set-up as ``dev.json`` keeps it: where the server is and which processes there are."""

    folder: Path
    url: str
    processes: Mapping[str, DevProcess]

    @property
    def file(self) -> Path:
        return self.folder / "dev.json"

    @classmethod
    def load(cls, folder: Path) -> DevSetup:
        """Read ``dev.json``; raises SettingsError when there is none."""
        file = folder / "dev.json"
        try:
            found = json.loads(file.read_text())
            processes = {
                name: DevProcess(**{**values, "argv": tuple(values["argv"])})
                for name, values in found["processes"].items()
            }
            return cls(folder, str(found["url"]), processes)
        except FileNotFoundError:
            raise SettingsError(
                f"no dev set-up in {folder}", hint="`zester dev up` makes one"
            ) from None
        except (ValueError, KeyError, TypeError) as error:
            raise SettingsError(f"{file} is damaged: {error}", hint=f"remove {folder}") from error

    def save(self) -> None:
        """Write ``dev.json``, whole or not at all."""
        values = {name: asdict(process) for name, process in self.processes.items()}
        temporary = self.file.with_suffix(".new")
        temporary.write_text(json.dumps({"url": self.url, "processes": values}, indent=1))
        temporary.rename(self.file)

    def with_process(self, process: DevProcess) -> DevSetup:
        """Return the set-up with one process replaced or added, saved."""
        changed = DevSetup(self.folder, self.url, {**self.processes, process.name: process})
        changed.save()
        return changed

    def find(self, name: str) -> DevProcess:
        """Return a process by name; raises SettingsError that lists the names."""
        if name not in self.processes:
            known = ", ".join(self.processes)
            raise SettingsError(f"the dev set-up has no {name!r}", hint=f"it has: {known}")
        return self.processes[name]


def _born(pid: int) -> int | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = text[text.rindex(")") + 2 :].split()
    return None if fields[0] == "Z" else int(fields[19])


def _reap(pid: int) -> None:
    """Collect it when it was our own child; it is init's otherwise."""
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
