"""Kernel values, mounts, swap space and facts on a host that boots."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from hosts.conftest import Figure
from hosts.network import Namespace
from hosts.site import Site
from hosts.systemd.following import follow, watched
from hosts.systemd.machine import Machine
from support.dev import until

PEEL = "probe: ''\n"
REPAIRED = 5.0  # seconds


@pytest.fixture
def peel(machine: Machine, site: Site) -> Iterator[Machine]:
    """A host whose peel follows the site, with the intervals everybody has."""
    follow(machine, site, PEEL)
    yield from watched(machine)


def apply(
    machine: Machine, states: Mapping[str, Any], *more: str, code: int = 0
) -> dict[str, dict[str, Any]]:
    """Apply states inside; return what became of each by its id."""
    folder = machine.path("/srv/tree/states")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "all.zy").write_text(json.dumps(states))
    argv = ("zester-peel", "apply", "/srv/tree", "all", "-o", "json", *more)
    done = machine.run(*argv, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return {each["__id__"]: each for each in json.loads(done.stdout)["local"].values()}


def settled(machine: Machine, states: Mapping[str, Any]) -> dict[str, Any]:
    """Predict, apply, apply again; return the changes by id, the same for the first two."""
    predicted = {each: found["changes"] for each, found in apply(machine, states, "--test").items()}
    applied = {each: found["changes"] for each, found in apply(machine, states).items()}
    assert applied == predicted
    again = apply(machine, states)
    assert not any(found["changes"] for found in again.values()), again
    return applied


def soon(what: str, holds: Callable[[], bool]) -> float:
    """Wait for something; return how long it took."""
    begun = time.perf_counter()
    until(what, holds)
    return time.perf_counter() - begun


def value(machine: Machine, key: str) -> str:
    return machine.run("cat", f"/proc/sys/{key}").stdout.strip()


def mounted(machine: Machine, point: str, option: str = "") -> bool:
    argv = ("findmnt", "-n", "-o", "OPTIONS", "--mountpoint", point)
    done = machine.run(*argv, check=False)
    return done.returncode == 0 and option in f",{done.stdout.strip()},"


def sysctl(key: str, wished: object, **more: object) -> dict[str, Any]:
    return {"sysctl.present": [{"name": key}, {"value": wished}, *({k: more[k]} for k in more)]}


def test_a_value_is_set_now_and_after_a_boot(machine: Machine) -> None:
    states = {
        "forward": sysctl("net.ipv4.ip_forward", 1),
        "rmem": sysctl("net.ipv4.tcp_rmem", "4096 131072 6000000"),
        "lo": sysctl("net/ipv4/conf/lo/log_martians", 1),
    }
    assert settled(machine, states) == {
        "forward": {"net.ipv4.ip_forward": "1"},
        "rmem": {"net.ipv4.tcp_rmem": "4096 131072 6000000"},
        "lo": {"net/ipv4/conf/lo/log_martians": "1"},
    }
    assert value(machine, "net/ipv4/ip_forward") == "1"
    assert value(machine, "net/ipv4/tcp_rmem").split() == ["4096", "131072", "6000000"]
    kept = machine.path("/etc/sysctl.d/99-salt.conf").read_text()
    assert "net.ipv4.tcp_rmem = 4096 131072 6000000\n" in kept
    machine.run("sh", "-c", "echo 0 >/proc/sys/net/ipv4/ip_forward")
    machine.run("/usr/lib/systemd/systemd-sysctl")
    assert value(machine, "net/ipv4/ip_forward") == "1", "systemd reads what we wrote"


def test_what_the_kernel_refuses_is_not_kept(machine: Machine) -> None:
    states = {
        "unknown": sysctl("net.ipv4.ip_foward", 1),
        "nonsense": sysctl("net.ipv4.ip_forward", "many"),
        "readonly": sysctl("kernel.ostype", "BSD"),
    }
    found = apply(machine, states, code=2)
    assert found["unknown"]["comment"].startswith("sysctl net.ipv4.ip_foward does not exist")
    assert "cannot write /proc/sys/net/ipv4/ip_forward" in found["nonsense"]["comment"]
    assert "cannot write /proc/sys/kernel/ostype" in found["readonly"]["comment"]
    assert not machine.path("/etc/sysctl.d/99-salt.conf").exists()


FSTAB = "# kept as it is\n/dev/none\t/never  auto   noauto 0 0\n"


def tmpfs(point: str, opts: str = "size=1m,mode=0750,uid=daemon,nosuid") -> dict[str, Any]:
    return {
        "mount.mounted": [
            {"name": point},
            {"device": "tmpfs"},
            {"fstype": "tmpfs"},
            {"mkmnt": True},
            {"opts": opts},
        ]
    }


def bound(source: str, point: str, opts: str) -> dict[str, Any]:
    return {
        "mount.mounted": [
            {"name": point},
            {"device": source},
            {"fstype": "none"},
            {"opts": opts},
            {"mkmnt": True},
        ]
    }


def test_mounts_are_made_changed_and_undone(machine: Machine) -> None:
    machine.path("/etc/fstab").write_text(FSTAB)
    hostile = "/srv/a 'b' \"c\" ü -x"
    states = {
        "odd": tmpfs(hostile),
        "source": {"file.directory": [{"name": "/srv/source"}]},
        "bound": bound("/srv/source", "/srv/bound", "bind,ro"),
        "inside": {"file.managed": [{"name": f"{hostile}/f"}, {"contents": "x"}]},
    }
    changes = settled(machine, states)
    assert changes["odd"] == changes["bound"] == {"mount": True, "persist": "new"}
    assert mounted(machine, hostile, ",size=1024k,")
    assert mounted(machine, "/srv/bound", ",ro,")
    assert machine.run("stat", "-c", "%a %U", hostile).stdout.split() == ["750", "daemon"]
    assert machine.run("cat", f"{hostile}/f").stdout == "x\n"
    table = machine.path("/etc/fstab").read_text()
    assert table.startswith(FSTAB)
    assert machine.run("findmnt", "--fstab", "-n", "-o", "FSTYPE", hostile).stdout == "tmpfs\n"

    other = {"odd": tmpfs(hostile, "size=2m,mode=750,uid=daemon,noexec")}
    assert settled(machine, other)["odd"] == {
        "umount": "Forced remount because options (noexec,nosuid,size=2m) changed",
        "persist": "update",
    }
    assert mounted(machine, hostile, ",noexec,")
    assert not mounted(machine, hostile, ",nosuid,")
    assert mounted(machine, hostile, ",size=2048k,")

    another = {"bound": bound("/srv/tree", "/srv/bound", "bind")}
    assert settled(machine, another)["bound"]["mount"] is True
    assert machine.run("ls", "/srv/bound").stdout == "states\n"

    gone = {
        str(number): {"mount.unmounted": [{"name": point}, {"persist": True}]}
        for number, point in enumerate((hostile, "/srv/bound"))
    }
    undone = {"umount": True, "persist": "purged"}
    assert settled(machine, gone) == {"0": undone, "1": undone}
    assert machine.path("/etc/fstab").read_text() == FSTAB


def test_what_cannot_be_mounted_says_why_and_is_not_kept(machine: Machine) -> None:
    machine.path("/etc/fstab").write_text(FSTAB)
    bad = tmpfs("/srv/x", "no-such-option")
    found = apply(machine, {"bad": bad}, code=2)["bad"]
    assert found["comment"].startswith("cannot mount tmpfs on /srv/x: mount: ")
    assert machine.path("/etc/fstab").read_text() == FSTAB
    busy = {"m": tmpfs("/srv/busy")}
    apply(machine, busy)
    machine.run("systemd-run", "--working-directory=/srv/busy", "sleep", "60")
    found = apply(machine, {"u": {"mount.unmounted": [{"name": "/srv/busy"}]}}, code=2)["u"]
    assert "busy" in found["comment"]


def test_swap_is_switched_on_where_the_kernel_lets_us(machine: Machine) -> None:
    # The file system of these hosts' root cannot be swapped to, nor may a container: what counts
    # is that the reason is told and that nothing is kept.
    machine.path("/etc/fstab").write_text(FSTAB)
    machine.run("sh", "-c", "head -c 1048576 /dev/zero >/swap && chmod 600 /swap && mkswap /swap")
    swap = {"s": {"mount.swap": [{"name": "/swap"}]}}
    if "/swap" in machine.run("sh", "-c", "swapon /swap; cat /proc/swaps", check=False).stdout:
        machine.run("swapoff", "/swap")
        assert settled(machine, swap)["s"] == {"swap": "activated", "persist": "new"}
        machine.run("swapoff", "/swap")
        return
    found = apply(machine, swap, code=2)["s"]
    assert found["comment"].startswith("Swap /swap failed to activate: swapon: ")
    assert machine.path("/etc/fstab").read_text() == FSTAB


def test_drift_is_repaired(peel: Machine, site: Site, figure: Figure) -> None:
    peel.path("/etc/fstab").write_text(FSTAB)
    keys = ("net.ipv4.ip_forward", "net.ipv4.conf.lo.log_martians")
    states: dict[str, Any] = {key: sysctl(key, 1) for key in keys}
    states["mnt"] = tmpfs("/srv/mnt", "size=1m,nosuid")
    states["bound"] = bound("/srv/mnt", "/srv/bound", "bind")
    site.push(json.dumps(states))
    table = peel.path("/etc/fstab").read_text()
    kept = peel.path("/etc/sysctl.d/99-salt.conf").read_text()
    took: dict[str, float] = {}

    peel.run("sh", "-c", "echo 0 >/proc/sys/net/ipv4/ip_forward")
    took["sysctl"] = soon("set again", lambda: value(peel, "net/ipv4/ip_forward") == "1")
    peel.run("umount", "/srv/bound")
    took["umount of a bind"] = soon("bound again", lambda: mounted(peel, "/srv/bound"))
    peel.run("umount", "-l", "/srv/mnt")
    took["umount"] = soon("mounted again", lambda: mounted(peel, "/srv/mnt", ",nosuid,"))
    peel.run("mount", "-o", "remount,suid", "/srv/mnt")
    took["remount"] = soon("remounted", lambda: mounted(peel, "/srv/mnt", ",nosuid,"))
    peel.run("sh", "-c", "sed -i '/srv.mnt/d' /etc/fstab; rm /etc/sysctl.d/99-salt.conf")
    took["fstab"] = soon(
        "written again",
        lambda: (
            sorted(peel.path("/etc/fstab").read_text().splitlines()) == sorted(table.splitlines())
            and peel.path("/etc/sysctl.d/99-salt.conf").exists()
            and sorted(peel.path("/etc/sysctl.d/99-salt.conf").read_text()) == sorted(kept)
        ),
    )
    for what, seconds in took.items():
        figure(f"{what} → put right: {seconds:.3f} s")
        assert seconds <= REPAIRED, what


def test_facts_follow_addresses_and_programs(
    peel: Machine, site: Site, here: Namespace, figure: Figure
) -> None:
    folder = peel.path("/etc/zester/facts.d")
    folder.mkdir(mode=0o755)
    (folder / "site.yaml").write_text("site: fra\n")
    (folder / "role").write_text("#!/bin/sh\necho role=$(cat /role)\n")
    (folder / "role").chmod(0o755)
    peel.path("/role").write_text("web\n")
    peel.run("systemctl", "reload", "zester-peel")
    shown = ("site", "role")
    text = " ".join(f"{{{{ grains.{each} | default('-') }}}}" for each in shown)
    text += " {{ grains.ipv4 | join(',') }}"
    site.push('f:\n  file.managed:\n    - name: /f\n    - contents: "' + text + '"\n')
    file = peel.path("/f")
    until("facts are there", lambda: file.read_text().startswith("fra web 127.0.0.1"))

    peel.run("ip", "address", "add", "192.0.2.77/32", "dev", "lo")
    took = soon("the address is there", lambda: "192.0.2.77" in file.read_text())
    figure(f"address added → files that show it: {took:.3f} s")
    assert took <= REPAIRED
    peel.run("ip", "address", "del", "192.0.2.77/32", "dev", "lo")
    soon("the address is gone", lambda: "192.0.2.77" not in file.read_text())

    peel.path("/role").write_text("db\n")
    peel.run("systemctl", "reload", "zester-peel")
    soon("the role is there", lambda: file.read_text().startswith("fra db"))
    (folder / "site.yaml").chmod(0o666)
    peel.run("systemctl", "reload", "zester-peel")
    soon("the refused file is told", lambda: "FactsIncomplete" in json.dumps(site.peel()))
    assert file.read_text().startswith("- db")
