"""Floods and the kernel's limits: the peel gets slower at most, never wrong."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from hosts.conftest import Figure, MakeHost
from hosts.site import Site
from support.dev import until
from support.machines.host import ManagedHost

QUEUE = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
FOLDERS = 40


def grid(folders: int, files: int) -> str:
    return "".join(
        f"d{folder}-f{file}:\n  file.managed:\n    - name: /srv/d{folder}/f{file}\n"
        f"    - makedirs: True\n    - mode: '0640'\n    - contents: wanted {folder} {file}\n"
        for folder in range(folders)
        for file in range(files)
    )


def restored(host: ManagedHost, folders: int, files: int) -> bool:
    for folder in range(folders):
        for file in range(files):
            name = f"/srv/d{folder}/f{file}"
            if host.text(name) != f"wanted {folder} {file}\n":
                return False
            if host.path(name).stat().st_mode & 0o7777 != 0o640:
                return False
    return True


@pytest.mark.parametrize(
    ("limit", "count", "told"),
    [("watches", 20, "max_user_watches"), ("instances", 0, "max_user_instances")],
)
def test_out_of_inotify_the_peel_polls_says_so_and_still_corrects_drift(
    limit: str, count: int, told: str, site: Site, make_host: MakeHost, figure: Figure
) -> None:
    # A user namespace has limits of its own below the machine's.
    lower = f'echo {count} > /proc/sys/user/max_inotify_{limit} && exec "$@"'
    host = make_host(entering=("unshare", "--user", "--map-root-user", "sh", "-c", lower, "sh"))
    site.push(grid(FOLDERS, 1))

    said = host.check("sensors")
    assert "paths are polled every 2 s" in said
    assert told in said
    assert host.metric("zester_sensors_polled_watches") > 0
    assert host.watches() <= 20
    for folder in range(FOLDERS):
        host.path(f"/srv/d{folder}/f0").write_text("foreign")
    begun = time.monotonic()
    until("all drift is corrected", lambda: restored(host, FOLDERS, 1), 15)
    figure(f"no inotify {limit} left: {FOLDERS} edits restored in {time.monotonic() - begun:.1f} s")
    assert site.peel()["ready"] == "True"


def test_a_peel_that_slept_through_an_overflow_of_the_queue_ends_converged(
    site: Site, host: ManagedHost, figure: Figure
) -> None:
    site.push(grid(10, 5))
    host.signal(signal.SIGSTOP)
    one, other = host.path("/srv/d0/one"), host.path("/srv/d0/other")
    for path in (one, other):
        path.touch()
    for number in range(QUEUE):  # events about one name in a row are one event
        (one if number % 2 else other).chmod(0o600)
    for folder in range(10):
        host.path(f"/srv/d{folder}/f3").write_text("foreign")
    host.path("/srv/d7").rename(host.path("/srv/gone"))
    host.signal(signal.SIGCONT)

    begun = time.monotonic()
    until("converged", lambda: restored(host, 10, 5), 15)
    figure(f"queue overflow: converged {time.monotonic() - begun:.2f} s after waking")
    assert host.metric("zester_sensors_overflows_total") >= 1
    host.path("/srv/d7/f0").write_text("foreign")
    until("drift is still seen", lambda: restored(host, 10, 5), 5)


def test_500_edits_in_one_second_are_put_right_with_bounded_processor_time(
    site: Site, host: ManagedHost, figure: Figure
) -> None:
    site.push(grid(20, 5))
    targets = [host.path(f"/srv/d{folder}/f{file}") for folder in range(20) for file in range(5)]
    before = host.cpu()

    begun = time.monotonic()
    for number in range(500):
        target = targets[number % 100]
        match number // 100:
            case 0 | 3:
                target.write_text(f"foreign {number}")
            case 1:
                target.chmod(0o777)
            case 2:
                target.unlink(missing_ok=True)
            case _:
                target.with_name("new").write_text("replaced")
                target.with_name("new").rename(target)
        time.sleep(max(0.0, begun + number / 500 - time.monotonic()))
    ended = time.monotonic()
    until("converged", lambda: restored(host, 20, 5), 30)

    quiet = time.monotonic() - ended
    used = host.cpu() - before
    figure(
        f"500 edits in {ended - begun:.2f} s: {used:.2f} s of processor time, "
        f"converged {quiet * 1000:.0f} ms after the last"
    )
    assert used <= 1.5
    assert site.peel()["ready"] == "True"
