"""What package managers print, recorded, and what is made of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from support.machines.recorded_host import RecordedHost
from zester.errors import PackagesBusy, StateError
from zester_peel.host.protocol import CommandResult
from zester_peel.states.pkg.providers.apk import Apk
from zester_peel.states.pkg.providers.apt import STATUS, Apt
from zester_peel.states.pkg.providers.choice import choose_provider
from zester_peel.states.pkg.providers.dnf import Dnf, read_versionlocks
from zester_peel.states.pkg.providers.policy import read_policy
from zester_peel.states.pkg.providers.protocol import Options, Pick
from zester_peel.states.pkg.providers.zypper import Zypper

pytestmark = pytest.mark.anyio

CASES = Path(__file__).parents[2] / "cases" / "pkg"


def recorded(name: str) -> dict[str, str]:
    found: dict[str, Any] = yaml.safe_load((CASES / f"{name}.yaml").read_text())
    return found


def put(host: RecordedHost, path: str, text: str) -> None:
    file = host.root / path.strip("/")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


@pytest.fixture
def host(tmp_path: Path) -> RecordedHost:
    return RecordedHost(tmp_path)


async def test_dpkg_says_what_is_installed_left_over_and_held(host: RecordedHost) -> None:
    put(host, STATUS, (CASES / "dpkg_status.txt").read_text())
    apt = Apt()
    found = await apt.inventory(host)

    assert found.installed["libc6"] == ("2.36-9+deb12u9",)
    assert found.installed["libc6:i386"] == ("2.36-9+deb12u9",)
    assert found.installed["zlib1g"] == ("1:1.2.13.dfsg-1",)
    assert "not a field" not in found.installed
    assert found.residual["nginx-common"] == "1.22.1-9"
    assert found.residual["broken"] == "0.1"
    assert "broken" not in found.installed
    assert {"libc6", "never"} <= found.held
    assert {"mail-transport-agent", "default-mta"} <= found.provided
    assert (apt.normalized("bash:amd64"), apt.normalized("bash:i386")) == ("bash", "bash:i386")
    assert host.calls == []


async def test_the_database_is_read_again_only_when_it_changed(host: RecordedHost) -> None:
    put(host, STATUS, (CASES / "dpkg_status.txt").read_text())
    apt = Apt()
    first = await apt.inventory(host)

    assert await apt.inventory(host) is first
    put(host, STATUS, "Package: one\nStatus: install ok installed\nVersion: 1\n")
    assert set((await apt.inventory(host)).installed) >= {"one"}


def test_apt_offers_what_repositories_have_the_candidate_first() -> None:
    assert read_policy((CASES / "apt_policy.txt").read_text()) == {
        "bash": ("5.2.15-2+b13",),
        "libc6": ("2.36-9+deb12u14", "2.36-9+deb12u7"),
        "pinned": ("1.0", "2.0"),
        "mail-transport-agent": (),
        "gone": (),
    }


async def test_apt_is_never_interactive_and_takes_names_for_names(host: RecordedHost) -> None:
    host.answers[("apt-get",)] = ""
    options = Options(fromrepo="bookworm-backports", install_recommends=False, skip_verify=True)
    await Apt().install(host, [Pick("a", "1"), Pick("b"), Pick("c", file="/x/c.deb")], options)

    (call,) = host.calls
    assert call[call.index("--") :] == ("--", "a=1", "b", "/x/c.deb")
    assert {"-y", "DPkg::Options::=--force-confold", "DPkg::Lock::Timeout=30"} <= set(call)
    assert {"-t", "--no-install-recommends", "--allow-unauthenticated"} <= set(call)


async def test_what_a_power_cut_left_is_finished_first(host: RecordedHost) -> None:
    interrupted = "E: dpkg was interrupted, you must manually run 'dpkg --configure -a'"
    answers = iter([CommandResult((), 100, "", interrupted), CommandResult((), 0, "", "")])
    host.answers[("apt-get",)] = lambda argv: next(answers)
    host.answers[("dpkg", "--configure")] = ""
    await Apt().install(host, [Pick("a")], Options())

    assert [call[0] for call in host.calls] == ["apt-get", "dpkg", "apt-get"]


async def test_a_lock_of_somebody_else_is_no_failure_for_good(host: RecordedHost) -> None:
    said = "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 7 (apt)"
    host.answers[("apt-get",)] = CommandResult(("apt-get",), 100, "", said)
    with pytest.raises(PackagesBusy):
        await Apt().install(host, [Pick("a")], Options())
    waited = f"Waiting for cache lock: {said[3:]}\nE: Unable to locate package a"
    host.answers[("apt-get",)] = CommandResult(("apt-get",), 100, waited, "")
    with pytest.raises(StateError, match="Unable to locate package a"):
        await Apt().install(host, [Pick("a")], Options())


async def test_dnf_installs_what_is_newer_and_downgrades_to_what_is_older(
    host: RecordedHost,
) -> None:
    host.answers = {
        ("rpm", "-qa"): "bash\t(none)\t5.1.8\t9.el9\tx86_64\ngpg-pubkey\t(none)\t3\t6\t(none)\n",
        ("dnf",): "",
    }
    dnf = Dnf("dnf")
    assert set((await dnf.inventory(host)).installed) == {"bash", "bash.x86_64"}
    host.calls.clear()
    await dnf.install(host, [Pick("bash", "5.1.0-1"), Pick("new")], Options(fromrepo="epel"))
    assert [call[5:] for call in host.calls] == [
        ("install", "--", "new"),
        ("downgrade", "--", "bash-5.1.0-1"),
    ]
    assert host.calls[0][3:5] == ("--disablerepo=*", "--enablerepo=epel")


def test_locks_of_dnf5_and_of_python_packages_are_read() -> None:
    toml = 'version = "1.0"\n\n[[packages]]\nname = "bash"\ncomment = "Added"\n'
    assert read_versionlocks(toml) == {"bash"}
    assert read_versionlocks("python3-urllib3-0:1.26.5-3.el9.*\n!no-1-2\n#x-1-2\n") == {
        "python3-urllib3",
        "no",
    }


async def test_a_machine_where_zypper_is_busy_is_asked_again(host: RecordedHost) -> None:
    locked = CommandResult(("zypper",), 7, "", "System management is locked by 12 (zypper).")
    host.answers = {("install",): locked}
    with pytest.raises(PackagesBusy):
        await Zypper().install(host, [Pick("nginx")], Options())


async def test_apk(host: RecordedHost) -> None:
    case = recorded("apk")
    put(host, "/lib/apk/db/installed", case["installed"])
    host.answers = {("policy",): case["policy"], ("version",): case["upgrades"]}
    apk = Apk()
    found = await apk.inventory(host)

    assert found.installed == {"busybox": ("1.36.1-r15",), "musl": ("1.2.4_git20230717-r4",)}
    assert {"/bin/sh", "cmd:busybox"} <= found.provided
    assert await apk.offered(host, ["busybox", "local"], Options()) == {
        "busybox": ("1.36.1-r19", "1.36.1-r15"),
        "local": (),
    }
    assert await apk.upgradable(host, Options()) == {
        "busybox": "1.36.1-r19",
        "ssl_client": "1.36.1-r19",
    }


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("1.0-r1", "1.0-r2"),
        ("1.0_rc1", "1.0"),
        ("1.0", "1.0_p1"),
        ("1.9", "1.10"),
        ("1.0a", "1.0b"),
    ],
)
def test_apk_orders_versions(older: str, newer: str) -> None:
    assert (Apk().compare(older, newer), Apk().compare(newer, older)) == (-1, 1)


@pytest.mark.parametrize(
    ("programs", "name"),
    [
        (["/usr/bin/apt-get"], "apt"),
        (["/usr/bin/dnf", "/usr/bin/yum"], "dnf"),
        (["/usr/bin/dnf", "/usr/bin/zypper"], "zypper"),
        (["/usr/bin/pacman"], "pacman"),
        (["/sbin/apk"], "apk"),
    ],
)
async def test_the_provider_is_chosen_by_what_is_there(
    host: RecordedHost, programs: list[str], name: str
) -> None:
    for program in programs:
        put(host, program, "")
    assert (await choose_provider(host)).name == name


async def test_a_machine_without_a_package_manager_says_what_was_looked_for(
    host: RecordedHost,
) -> None:
    with pytest.raises(StateError, match=r"none of /usr/bin/apt-get.*zypper.*apk"):
        await choose_provider(host)
