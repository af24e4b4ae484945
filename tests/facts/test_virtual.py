"""What a machine runs on, and what runs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.machines.described_machine import source
from zester_peel.facts.collect import collect


def test_init_and_systemd_are_found_without_a_process(tmp_path: Path) -> None:
    values = collect(source(tmp_path)).values
    assert values["init"] == "systemd"
    assert values["systemd"]["version"] == "252"


@pytest.mark.parametrize(
    ("files", "links", "init"),
    [
        ({"/proc/1/cmdline": "/usr/lib/systemd/systemd\0--system\0"}, {}, "systemd"),
        ({}, {"sbin/init": "/lib/systemd/systemd"}, "systemd"),
        ({"/run/openrc/softlevel": "default"}, {"sbin/init": "/bin/busybox"}, "openrc"),
        ({"/etc/inittab": ""}, {}, "sysvinit"),
        ({"/proc/1/cmdline": "/usr/bin/tini\0--\0"}, {}, "tini"),
        ({"/proc/1/cmdline": "/app/server\0"}, {}, "unknown"),
    ],
)
def test_other_inits_are_told_apart(
    tmp_path: Path, files: dict[str, str], links: dict[str, str], init: str
) -> None:
    given = source(tmp_path, files=files)
    (tmp_path / "run/systemd/system/x").unlink()
    (tmp_path / "run/systemd/system").rmdir()
    for name, target in links.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).symlink_to(target)
    assert collect(given).values["init"] == init


DMI = "/sys/class/dmi/id/"


@pytest.mark.parametrize(
    ("files", "virtual", "subtype"),
    [
        ({}, "kvm", None),
        ({DMI + "sys_vendor": "VMware, Inc.\n", DMI + "product_name": "VMware7,1"}, "VMware", None),
        ({DMI + "sys_vendor": "innotek", DMI + "product_name": "VirtualBox"}, "VirtualBox", None),
        (
            {DMI + "sys_vendor": "Microsoft Corporation", DMI + "product_name": "Virtual Machine"},
            "VirtualPC",
            None,
        ),
        (
            {DMI + "sys_vendor": "Microsoft Corporation", DMI + "product_name": "Surface"},
            "physical",
            None,
        ),
        ({DMI + "sys_vendor": "Dell Inc.", DMI + "product_name": "R740"}, "physical", None),
        ({"/run/systemd/container": "lxc\n"}, "container", "LXC"),
        ({"/proc/1/environ": "A=b\0container=podman\0"}, "container", "Podman"),
        ({"/.dockerenv": ""}, "container", "Docker"),
        ({"/proc/1/cgroup": "0::/kubepods/burstable/x\n"}, "container", "Docker"),
        (
            {
                DMI + "sys_vendor": "",
                DMI + "product_name": "",
                "/proc/cpuinfo": "processor: 0\nflags : fpu hypervisor\n",
            },
            "kvm",
            None,
        ),
    ],
)
def test_virtual_machines_and_containers_are_recognised(
    tmp_path: Path, files: dict[str, str], virtual: str, subtype: str | None
) -> None:
    values = collect(source(tmp_path, files=files)).values
    assert (values["virtual"], values.get("virtual_subtype")) == (virtual, subtype)


@pytest.mark.parametrize(
    ("enforce", "state"), [("1", "Enforcing"), ("0", "Permissive"), ("", "Disabled")]
)
def test_selinux_is_told_where_it_exists(tmp_path: Path, enforce: str, state: str) -> None:
    files = {"/usr/sbin/selinuxenabled": ""} | (
        {"/sys/fs/selinux/enforce": enforce} if enforce else {}
    )
    selinux = collect(source(tmp_path, files=files)).values["selinux"]
    assert selinux == {"enabled": bool(enforce), "enforced": state}
    assert "selinux" not in collect(source(tmp_path / "other")).values
