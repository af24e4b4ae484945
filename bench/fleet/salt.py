"""Salt's own answer to the same question: a master and minions of it on loopback, all below one
temporary folder, all ended afterwards.
"""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from zester.bus.server.embedded import free_port

SIZES = (1, 10, 50)
PINGS = 5
READY, EACH = 120.0, 10.0
"""Seconds until all minions have to answer, and how many more each of them is given: all of them
start at once, on as many cores as there are."""

MEMORY = 110 * 1024 * 1024
"""Bytes that a minion may need while it answers."""


def measure_salt() -> dict[int, float]:
    """Return the median seconds of ``salt '*' test.ping`` by the number of minions.

    ``ZESTER_BENCH_SALT`` is the folder of Salt's programs; without them nothing is measured.
    """
    programs = Path(os.environ.get("ZESTER_BENCH_SALT", ".venv-compat/bin"))
    if not (programs / "salt-master").exists():
        print(f"Salt is not measured: it is not in {programs} (ZESTER_BENCH_SALT names another)")
        return {}
    found = {}
    for size in SIZES:
        if size * MEMORY > _free():
            print(f"Salt with {size} minions is not measured: they do not fit into memory")
            continue
        with _fleet(programs, size) as config:
            if config is None:
                print(f"Salt: not all of {size} minions answered within {_ready(size):g} s")
                continue
            samples = [_ping(programs, config)[1] for _ in range(PINGS)]
        found[size] = statistics.median(samples)
        print(f"  `salt '*' test.ping`, {size} minions: {found[size]:.2f} s", flush=True)
    return found


@contextmanager
def _fleet(programs: Path, minions: int) -> Iterator[Path | None]:
    """Start master and minions; yield the master's configuration, None when not all answer."""
    with TemporaryDirectory(prefix="zs-") as place:  # short: it holds sockets
        folder = Path(place)
        publish, back = free_port(), free_port()
        config = _configure(
            folder / "m",
            "master",
            interface="127.0.0.1",
            publish_port=publish,
            ret_port=back,
            auto_accept=True,
            sock_dir=str(folder / "m" / "s"),
        )
        started = [_start(programs / "salt-master", config, folder)]
        try:
            for number in range(minions):
                own = _configure(
                    folder / str(number),
                    "minion",
                    id=f"minion-{number:02}",
                    master="127.0.0.1",
                    master_port=back,
                    publish_port=publish,
                    sock_dir=str(folder / str(number) / "s"),
                    acceptance_wait_time=1,
                )
                started.append(_start(programs / "salt-minion", own, folder))
            yield config if _all_answer(programs, config, minions) else None
        finally:
            _end(started)


def _configure(folder: Path, what: str, **more: object) -> Path:
    folder.mkdir(parents=True)
    values = {
        "root_dir": str(folder),
        "pki_dir": str(folder / "pki"),
        "cachedir": str(folder / "cache"),
        "log_file": str(folder / "log"),
        "pidfile": str(folder / "pid"),
        "log_level": "error",
        "log_level_logfile": "error",
        "ipc_mode": "ipc",
        "enable_fqdns_grains": False,
        **more,
    }
    (folder / what).write_text(json.dumps(values))  # YAML too
    return folder


def _start(program: Path, config: Path, folder: Path) -> subprocess.Popen[bytes]:
    with (folder / "out").open("ab") as out:
        return subprocess.Popen(
            [str(program), "-c", str(config)],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )


def _end(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """End processes and everything in the sessions they were given."""
    for number, patience in ((signal.SIGTERM, 20.0), (signal.SIGKILL, 10.0)):
        deadline = time.monotonic() + patience
        for process in processes:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, number)
        for process in processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))


def _ready(minions: int) -> float:
    return READY + EACH * minions


def _all_answer(programs: Path, config: Path, minions: int) -> bool:
    deadline = time.monotonic() + _ready(minions)
    while time.monotonic() < deadline:
        if _ping(programs, config)[0] == minions:
            return True
        time.sleep(1)
    return False


def _ping(programs: Path, config: Path) -> tuple[int, float]:
    """Return how many answered, and the seconds that the command took."""
    argv = [str(programs / "salt"), "-c", str(config), "*", "test.ping", "--static", "--out=json"]
    start = time.perf_counter()
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=READY)
        answers = json.loads(done.stdout or "{}")
    except (subprocess.TimeoutExpired, ValueError):
        return 0, time.perf_counter() - start
    seconds = time.perf_counter() - start
    return sum(value is True for value in answers.values()), seconds


def _free() -> int:
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 0
