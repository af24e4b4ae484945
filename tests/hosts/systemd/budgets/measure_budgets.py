"""Samples for `make bench`, which runs this file: what somebody changes, and an idle peel.

Not a test: budgets are judged where the samples are read. ``ZESTER_BENCH_SAMPLES`` names the file
they go to, ``ZESTER_BENCH_IDLE`` says for how many seconds the idle peel is watched.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from hosts.site import Site
from hosts.systemd.budgets.many_states import many_states
from hosts.systemd.following import follow
from hosts.systemd.machine import Machine
from hosts.systemd.packages.repository import Repository

FILES = 25
SERVICES = 4
LIMIT = 30.0
SETTLE = 10.0
RESTING = 120.0
EVERY = 1.7
IDLE = float(os.environ.get("ZESTER_BENCH_IDLE", "60"))
UNIT = """[Service]
ExecStart=/bin/sh -c 'echo $$$$ >/srv/{name}.pid; exec sleep infinity'
ExecStopPost=/bin/rm /srv/{name}.pid
"""
INSTALLED = "\nPackage: tool\nStatus: install ok installed\n"
MOUNT = {"device": "tmpfs", "fstype": "tmpfs", "mkmnt": True, "opts": "size=1m,nosuid"}

Sample = Callable[[str, float], None]


@pytest.fixture
def sample() -> Sample:
    """Write down a value under a name."""
    path = Path(os.environ["ZESTER_BENCH_SAMPLES"])

    def written(name: str, value: float) -> None:
        with path.open("a") as file:
            file.write(json.dumps([name, value]) + "\n")

    return written


@pytest.fixture
def peel(machine: Machine, site: Site) -> Machine:
    """A host whose peel follows the site, with the settings everybody has."""
    for number in range(SERVICES):
        unit = machine.path(f"/etc/systemd/system/demo{number}.service")
        unit.write_text(UNIT.format(name=unit.stem))
    follow(machine, site)
    return machine


def wished() -> dict[str, Any]:
    """Return the states that are fought about."""
    files = {
        f"/srv/f{number}": {"file.managed": [{"mode": "0640"}, {"contents": f"wanted {number}"}]}
        for number in range(FILES)
    }
    services: dict[str, Any] = {
        f"demo{number}": {"service.running": []} for number in range(SERVICES)
    }
    return {
        **files,
        **services,
        "ann": {"user.present": [{"uid": 3001}]},
        "true": {"cron.present": [{"minute": 7}]},
        "net.ipv4.ip_forward": {"sysctl.present": [{"value": 1}]},
        "/srv/mnt": {"mount.mounted": [{key: value} for key, value in MOUNT.items()]},
        "tool": {"pkg.installed": []},
    }


@pytest.mark.timeout(0)
def measure_drift(peel: Machine, site: Site, tmp_path: Path, sample: Sample) -> None:
    """Change what is managed, again and again, and wait for it to be right."""
    repository = Repository(peel, tmp_path / "packages")
    repository.add("tool", "1.0")
    repository.configure()
    peel.run("apt-get", "update")
    site.push(json.dumps(wished()))
    for number in range(4 * FILES):
        file = peel.path(f"/srv/f{number % FILES}")
        begun = time.perf_counter()
        (_edit, _mode, _delete, _replace)[number // FILES](file)
        sample("file", _until(partial(_restored, file, number % FILES), begun))
        time.sleep(0.05)
    for number in range(5 * SERVICES):
        _stop(peel, f"demo{number % SERVICES}", sample)
    for _ in range(5):
        _break_the_rest(peel, sample)
    status = peel.path("/var/lib/dpkg/status")
    for _ in range(3):
        # the peel's own apt-get may not have ended yet when the package is there
        peel.run("apt-get", "-y", "-o", "DPkg::Lock::Timeout=60", "remove", "tool")
        begun = time.perf_counter()  # dpkg has let go
        sample("package", _until(lambda: INSTALLED in status.read_text(), begun))


def _stop(peel: Machine, name: str, sample: Sample) -> None:
    pid = peel.path(f"/srv/{name}.pid")
    before = pid.read_text()
    begun = time.perf_counter()  # systemd's own time counts as well
    peel.run("systemctl", "stop", name)
    sample("service", _until(lambda: pid.exists() and pid.read_text() not in ("", before), begun))


def _break_the_rest(peel: Machine, sample: Sample) -> None:
    passwd, crontab = peel.path("/etc/passwd"), peel.path("/var/spool/cron/crontabs/root")
    edit = ("sh", "-c", "crontab -l | sed 's/^7 /8 /' | crontab -")
    switch = ("sh", "-c", "echo 0 >/proc/sys/net/ipv4/ip_forward")
    forward = ("grep", "-q", "1", "/proc/sys/net/ipv4/ip_forward")
    mounted = ("grep", "-q", " /srv/mnt .*nosuid", "/proc/self/mountinfo")
    tries: tuple[tuple[str, tuple[str, ...], Callable[[], bool]], ...] = (
        ("user", ("userdel", "ann"), lambda: "\nann:x:3001:" in passwd.read_text()),
        ("crontab", edit, lambda: "\n7 * * * * true" in crontab.read_text()),
        ("sysctl", switch, lambda: peel.run(*forward, check=False).returncode == 0),
        ("mount", ("umount", "/srv/mnt"), lambda: peel.run(*mounted, check=False).returncode == 0),
    )
    for name, how, right in tries:
        begun = time.perf_counter()
        peel.run(*how)
        sample(name, _until(right, begun))


@pytest.mark.timeout(0)
def measure_idle(peel: Machine, site: Site, tmp_path: Path, sample: Sample) -> None:
    """Converge 1,000 states of all families and watch the peel do nothing."""
    installed = peel.run("dpkg-query", "-W", "-f", "${Package}\n").stdout.split()
    states = {**many_states(1000 - len(wished()), installed), **wished()}
    repository = Repository(peel, tmp_path / "packages")
    repository.add("tool", "1.0")
    repository.configure()
    peel.run("apt-get", "update")
    site.push(json.dumps(states))
    counts = site.peel()["status"]["counts"]
    assert counts["total"] == len(states) == 1000, counts
    assert not site.failure()
    shown = ("systemctl", "show", "--property=MainPID", "--value", "zester-peel")
    pid = peel.run(*shown).stdout.strip()
    # The second process ends after a minute; what it used to compile would be counted then.
    children = ("cat", f"/proc/{pid}/task/{pid}/children")
    begun = time.monotonic()
    while peel.run(*children).stdout.strip():
        assert time.monotonic() - begun < RESTING, "the second process goes on"
        time.sleep(1)
    time.sleep(SETTLE)
    before, ends = _ticks(peel, pid), time.monotonic() + IDLE
    while time.monotonic() < ends:
        time.sleep(EVERY)
        sample("idle memory", _resident(peel, pid))
    used = (_ticks(peel, pid) - before) / os.sysconf("SC_CLK_TCK")
    sample("idle", IDLE)
    sample("idle share", used / IDLE * 100)


def _resident(peel: Machine, pid: str) -> float:
    """MiB of a process that are in memory."""
    status = peel.run("cat", f"/proc/{pid}/status").stdout.splitlines()
    (resident,) = (line.split()[1] for line in status if line.startswith("VmRSS:"))
    return int(resident) / 1024


def _ticks(peel: Machine, pid: str) -> int:
    """Processor time of a process and of all its children that have ended."""
    fields = peel.run("cat", f"/proc/{pid}/stat").stdout.rpartition(")")[2].split()
    return sum(map(int, fields[11:15]))


def _until(right: Callable[[], bool], begun: float) -> float:
    """Wait for something; return the milliseconds since ``begun``."""
    while True:
        try:
            if right():
                return (time.perf_counter() - begun) * 1000
        except FileNotFoundError:
            pass  # it is being replaced
        assert time.perf_counter() - begun < LIMIT, "it was not put right"
        time.sleep(0.0005)


def _edit(file: Path) -> None:
    file.write_text("tampered")


def _mode(file: Path) -> None:
    file.chmod(0o777)


def _delete(file: Path) -> None:
    file.unlink()


def _replace(file: Path) -> None:
    other = file.with_name("other")
    other.write_text("replaced")
    other.rename(file)


def _restored(file: Path, number: int) -> bool:
    return file.stat().st_mode & 0o777 == 0o640 and file.read_text() == f"wanted {number}\n"
