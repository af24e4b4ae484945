"""Disks that are full, read-only or covered: a clear word, nothing half done, and it heals."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from hosts.conftest import Figure, MakeHost, Mount
from hosts.network import run
from hosts.site import Site
from support.dev import until
from support.machines.host import ManagedHost

HEALED = 30.0  # the first retries come after 5 and 10 s


def managed(name: str, text: str) -> str:
    return f"{name}:\n  file.managed:\n    - contents: {text}\n"


def from_source(name: str) -> str:
    return f"{name}:\n  file.managed:\n    - source: salt://data\n"


def fill(folder: Path) -> Path:
    """Leave no byte free in a file system."""
    filler = folder / "filler"
    with filler.open("ab", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue
    return filler


def test_what_does_not_fit_fails_whole_and_fits_once_there_is_space(
    site: Site, host: ManagedHost, mount: Mount, figure: Figure
) -> None:
    mount(host.path("/srv"), "-t", "tmpfs", "-o", "size=1M", "tmpfs")
    filler = host.path("/srv/filler")
    filler.write_bytes(b"\0" * 700_000)
    site.push(from_source("/srv/data"), {"data": "old"})

    site.push(from_source("/srv/data"), {"data": b"n" * 600_000}, code=2)

    assert site.failure() == (
        "cannot write /srv/data: no space left on device; the file system is full: free some space"
    )
    assert host.text("/srv/data") == "old"
    assert host.leftovers() == []
    filler.unlink()
    begun = time.monotonic()
    until("it fits", lambda: host.text("/srv/data") == "n" * 600_000, HEALED)
    figure(f"full disk: healed {time.monotonic() - begun:.1f} s after space was freed")
    until("it is told", lambda: site.peel()["ready"] == "True")
    assert host.leftovers() == []


def test_a_full_disk_is_no_obstacle_to_restoring_a_mode(
    site: Site, host: ManagedHost, mount: Mount
) -> None:
    mount(host.path("/srv"), "-t", "tmpfs", "-o", "size=1M", "tmpfs")
    site.push(managed("/srv/a", "one") + "    - mode: '0640'\n")
    fill(host.path("/srv"))

    host.path("/srv/a").chmod(0o777)

    until("restored", lambda: host.path("/srv/a").stat().st_mode & 0o7777 == 0o640, 5)


@pytest.fixture
def cramped(make_host: MakeHost, tmp_path: Path, mount: Mount) -> ManagedHost:
    """A peel whose state folder is a small file system."""
    mount(tmp_path / "web-01/state", "-t", "tmpfs", "-o", "size=4M", "tmpfs")
    return make_host()


def test_without_space_for_its_memory_the_peel_corrects_drift_and_says_what_is_wrong(
    site: Site, cramped: ManagedHost
) -> None:
    site.push(managed("/a", "one"))
    filler = fill(cramped.state)

    for number in range(3):
        cramped.path("/a").write_text(f"foreign {number}")
        until("drift is corrected", lambda: cramped.text("/a") == "one\n", 5)
    until("it is told", lambda: "full" in site.peel()["message"], 5)

    filler.unlink()
    cramped.path("/a").write_text("foreign once more")
    until("drift is corrected", lambda: cramped.text("/a") == "one\n", 5)
    until("all is well", lambda: site.peel()["message"] == "1 states as wished", HEALED)
    assert site.report_numbers() == [1, 2]
    assert cramped.log().count('"run finished"') < 10


def test_a_peel_that_starts_without_space_for_its_memory_takes_care_of_its_machine(
    site: Site, cramped: ManagedHost
) -> None:
    site.push(managed("/a", "one"))
    cramped.stop()
    fill(cramped.state)
    cramped.path("/a").write_text("foreign")

    cramped.start()

    until("what happened meanwhile is corrected", lambda: cramped.text("/a") == "one\n", 10)
    cramped.path("/a").write_text("foreign again")
    until("drift is corrected", lambda: cramped.text("/a") == "one\n", 5)
    until("it is told", lambda: "runs are not remembered" in site.peel()["message"], 5)
    assert f"{cramped.state}/peel.db" in site.peel()["message"]


def test_a_push_without_space_to_keep_it_changes_nothing_until_there_is_some(
    site: Site, cramped: ManagedHost
) -> None:
    site.push(managed("/a", "one"))
    filler = fill(cramped.state)

    site.write(managed("/a", "two"))
    site.publish()
    until("it is told", lambda: "no space left" in site.peel()["message"], 10)
    assert cramped.text("/a") == "one\n"

    filler.unlink()
    until("the push is followed", lambda: cramped.text("/a") == "two\n", HEALED)
    until("all is well", lambda: site.peel()["message"] == "1 states as wished", HEALED)
    assert "Traceback" not in cramped.log()


def test_a_read_only_file_system_is_named_and_written_to_when_it_is_writable_again(
    site: Site, host: ManagedHost, mount: Mount, figure: Figure
) -> None:
    srv = host.path("/srv")
    mount(srv, "-t", "tmpfs", "tmpfs")
    site.push(managed("/srv/a", "one"))
    run("mount", "-o", "remount,ro", str(srv))

    site.push(managed("/srv/a", "two"), code=2)

    assert site.failure() == (
        "cannot write /srv/a: read-only file system; the file system is mounted read-only"
    )
    assert host.text("/srv/a") == "one\n"
    run("mount", "-o", "remount,rw", str(srv))
    begun = time.monotonic()
    until("written", lambda: host.text("/srv/a") == "two\n", HEALED)
    figure(f"read-only: healed {time.monotonic() - begun:.1f} s after it was writable again")
    until("it is told", lambda: site.peel()["ready"] == "True")
    assert host.leftovers() == []


def test_an_immutable_file_is_named_and_changed_when_it_may_be(
    site: Site, host: ManagedHost, mount: Mount, tmp_path: Path
) -> None:
    image = tmp_path / "image"
    with image.open("wb") as file:
        os.truncate(file.fileno(), 16 * 1024 * 1024)
    run("mkfs.ext4", "-q", str(image))
    mount(host.path("/srv"), "-o", "loop", str(image))
    states = managed("/srv/a", "{0}") + "    - mode: '0640'\n" + managed("/srv/b", "{0}")
    site.push(states.format("one"))
    run("chattr", "+i", str(host.path("/srv/a")))
    try:
        said = site.push(states.format("two"), code=2)
        assert "file.managed:/srv/a" in said
        assert "cannot write /srv/a: operation not permitted (uid 0)" in site.failure()
        assert "immutable" in site.failure()
        assert host.text("/srv/a") == "one\n"
        assert host.text("/srv/b") == "two\n"
        assert host.leftovers() == []
    finally:
        run("chattr", "-i", str(host.path("/srv/a")))
    until("changed", lambda: host.text("/srv/a") == "two\n", HEALED)
    until("it is told", lambda: site.peel()["ready"] == "True")


@pytest.fixture
def quick(make_host: MakeHost) -> ManagedHost:
    """A peel that looks at everything each second."""
    return make_host(host_resync=1)


def test_a_mount_over_a_managed_folder_is_filled_and_its_removal_too(
    site: Site, quick: ManagedHost, figure: Figure
) -> None:
    app = quick.path("/srv/app")
    states = "".join(managed(f"/srv/app/{name}", name) + "    - makedirs: True\n" for name in "ab")
    site.push(states)
    run("mount", "-t", "tmpfs", "tmpfs", str(app))
    try:
        begun = time.monotonic()
        until("the mount is filled", lambda: quick.text("/srv/app/b") == "b\n", 10)
        figure(f"mounted over: filled after {time.monotonic() - begun:.1f} s (resync of 1 s)")
        quick.path("/srv/app/a").write_text("foreign")
        until("drift in the mount is corrected", lambda: quick.text("/srv/app/a") == "a\n", 10)
    finally:
        unmount(app)
    quick.path("/srv/app/a").write_text("foreign")
    until("drift below it is corrected", lambda: quick.text("/srv/app/a") == "a\n", 10)
    until("all is well", lambda: site.peel()["ready"] == "True")
    assert quick.leftovers() == []


def unmount(folder: Path) -> None:
    """Unmount, also while the peel is just writing there."""
    until(
        "unmounted",
        lambda: subprocess.run(["umount", str(folder)], capture_output=True).returncode == 0,
        10,
    )
