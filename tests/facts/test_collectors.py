"""Each collector reads what the kernel and the configuration say."""

from __future__ import annotations

import copy
import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from zester_peel.facts.addresses import Address, addresses
from zester_peel.facts.collect import collect, collect_facts, fingerprint
from zester_peel.facts.source import Source

ADDRESSES = [
    Address("lo", 4, "127.0.0.1"),
    Address("eth1", 4, "198.51.100.7"),
    Address("eth0", 4, "192.0.2.20"),
    Address("eth0", 4, "192.0.2.3"),
    Address("lo", 6, "::1"),
    Address("eth0", 6, "fe80::1"),
    Address("eth0", 6, "2001:db8::20"),
]
FILES = {
    "/proc/sys/kernel/hostname": "web1\n",
    "/proc/sys/kernel/domainname": "(none)\n",
    "/proc/net/route": (
        "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
        "eth1\t00000000\t0101000A\t0003\t0\t0\t500\t00000000\t0\t0\t0\n"
        "eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
        "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
    ),
    "/proc/meminfo": (
        "MemTotal:       16384000 kB\nMemFree:         1000000 kB\nMemAvailable:    9000000 kB\n"
        "SwapTotal:       2048000 kB\nSwapFree:        2048000 kB\nHugePages_Total:       0\n"
    ),
    "/proc/cpuinfo": "".join(
        f"processor\t: {n}\nvendor_id\t: GenuineIntel\nmodel name\t: Xeon\n"
        f"physical id\t: {n // 4}\ncore id\t\t: {n % 4 // 2}\nflags\t\t: fpu vme\n\n"
        for n in range(8)
    ),
    "/proc/self/mounts": (
        "/dev/sda1 / ext4 rw,relatime 0 0\nproc /proc proc rw 0 0\n"
        "/dev/sdb1 /mnt/my\\040disk xfs ro 0 0\nnas:/x /nas nfs rw 0 0\nbroken\n"
    ),
    "/proc/1/cmdline": "/sbin/init\0splash\0",
    "/proc/1/cgroup": "0::/init.scope\n",
    "/sys/class/net/eth0/address": "02:00:00:00:00:01\n",
    "/sys/class/net/eth1/address": "02:00:00:00:00:02\n",
    "/sys/class/net/lo/address": "00:00:00:00:00:00\n",
    "/sys/class/net/bonding_masters": "\n",
    "/sys/block/sda/queue/rotational": "1\n",
    "/sys/block/nvme0n1/queue/rotational": "0\n",
    "/sys/block/loop0/queue/rotational": "0\n",
    "/sys/class/dmi/id/sys_vendor": "QEMU\n",
    "/sys/class/dmi/id/product_name": "Standard PC (Q35 + ICH9, 2009)\n",
    "/sys/class/dmi/id/bios_version": "1.16\n",
    "/etc/hosts": "127.0.0.1 localhost\n192.0.2.20 web1.example.com web1 # us\nnonsense here\n",
    "/etc/resolv.conf": (
        "# made by hand\nnameserver 192.0.2.53\nnameserver 2001:db8::53\n"
        "search example.com example.net\noptions ndots:2\n"
    ),
    "/etc/os-release": "ID=debian\nNAME=Debian GNU/Linux\nVERSION_ID=12\n",
    "/etc/machine-id": "0123456789abcdef0123456789abcdef\n",
    "/etc/passwd": "root:x:0:0::/root:/bin/sh\nzester:x:990:991::/:/bin/false\n",
    "/etc/group": "zester:x:991:\n",
    "/etc/timezone": "Europe/Berlin\n",
    "/usr/bin/systemctl": "",
    "/usr/lib/systemd/libsystemd-shared-252.16-1.el9.so": "",
    "/run/systemd/system/x": "",
}


def source(root: Path, **changes: Any) -> Source:  # noqa: ANN401 - any field of Source
    for name, text in {**FILES, **changes.pop("files", {})}.items():
        path = root / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    given: dict[str, Any] = {
        "environ": {"PATH": "/usr/bin:/bin", "LANG": "de_DE.UTF-8", "SHELL": "/bin/zsh"},
        "addresses": lambda: ADDRESSES,
        "usage": lambda mount: (1000, 600, 400),
        "uid": 990,
        "gid": 991,
        "machine": "x86_64",
    }
    return Source("n1.example.com", root, root, **{**given, **changes})


def test_network_facts_have_salts_shape(tmp_path: Path) -> None:
    values = collect(source(tmp_path)).values
    assert values["ipv4"] == ["127.0.0.1", "192.0.2.3", "192.0.2.20", "198.51.100.7"]
    assert values["ipv6"] == ["::1", "2001:db8::20", "fe80::1"]
    assert values["ip4_interfaces"]["eth0"] == ["192.0.2.20", "192.0.2.3"]
    assert values["ip6_interfaces"]["eth1"] == []
    assert values["ip_interfaces"]["lo"] == ["127.0.0.1", "::1"]
    assert values["hwaddr_interfaces"] == {
        "eth0": "02:00:00:00:00:01",
        "eth1": "02:00:00:00:00:02",
        "lo": "00:00:00:00:00:00",
    }


def test_the_main_address_is_that_of_the_cheapest_default_route(tmp_path: Path) -> None:
    values = collect(source(tmp_path)).values
    assert values["default_ipv4"] == values["network"]["ipv4"] == "192.0.2.20"
    assert values["network"]["ipv6"] == "2001:db8::20"
    assert values["network"]["interfaces"]["eth1"]["mac"] == "02:00:00:00:00:02"


def test_a_machine_without_a_network_has_no_main_address(tmp_path: Path) -> None:
    values = collect(source(tmp_path, addresses=list)).values
    assert (values["default_ipv4"], values["ipv4"]) == ("", [])


def test_the_full_name_comes_from_the_hosts_file(tmp_path: Path) -> None:
    values = collect(source(tmp_path)).values
    assert values["fqdn"] == values["network"]["fqdn"] == "web1.example.com"
    assert (values["host"], values["domain"]) == ("web1", "example.com")
    assert values["localhost"] == values["nodename"] == values["network"]["hostname"] == "web1"
    assert (values["fqdn_ip4"], values["fqdn_ip6"]) == (["192.0.2.20"], [])


@pytest.mark.parametrize(
    ("files", "fqdn"),
    [
        ({"/etc/hosts": "127.0.1.1 web1 web1.lan\n"}, "web1.lan"),
        ({"/etc/hosts": "", "/proc/sys/kernel/domainname": "corp.example\n"}, "web1.corp.example"),
        ({"/etc/hosts": "", "/etc/resolv.conf": "domain lan\n"}, "web1.lan"),
        ({"/etc/hosts": ""}, "web1"),
        ({"/etc/hosts": "", "/proc/sys/kernel/hostname": "a.b.c\n"}, "a.b.c"),
        ({"/etc/hosts": "", "/proc/sys/kernel/hostname": ""}, "localhost"),
    ],
)
def test_the_full_name_without_a_name_server(
    tmp_path: Path, files: dict[str, str], fqdn: str
) -> None:
    assert collect(source(tmp_path, files=files)).values["fqdn"] == fqdn


def test_the_resolver_is_described(tmp_path: Path) -> None:
    assert collect(source(tmp_path)).values["dns"] == {
        "nameservers": ["192.0.2.53", "2001:db8::53"],
        "ip4_nameservers": ["192.0.2.53"],
        "ip6_nameservers": ["2001:db8::53"],
        "sortlist": [],
        "domain": "",
        "search": ["example.com", "example.net"],
        "options": ["ndots:2"],
    }


def test_processors_memory_and_disks_are_counted(tmp_path: Path) -> None:
    values = collect(source(tmp_path)).values
    assert (values["num_cpus"], values["cpu_model"]) == (8, "Xeon")
    assert (values["cpu"]["cores"], values["cpu"]["sockets"]) == (4, 2)
    assert (values["mem_total"], values["swap_total"]) == (16000, 2000)
    assert values["memory"]["used"] == (16384000 - 9000000) * 1024
    assert (values["disks"], values["ssds"]) == (["sda"], ["nvme0n1"])
    assert values["disk"]["mounts"] == {
        "/": {
            "device": "/dev/sda1",
            "fstype": "ext4",
            "options": ["rw", "relatime"],
            "total": 1000,
            "used": 600,
            "free": 400,
        },
        "/mnt/my disk": {
            "device": "/dev/sdb1",
            "fstype": "xfs",
            "options": ["ro"],
            "total": 1000,
            "used": 600,
            "free": 400,
        },
    }


def test_an_arm_processor_is_counted_too(tmp_path: Path) -> None:
    arm = "processor\t: 0\nCPU part\t: 0xd08\n\nprocessor\t: 1\n\nHardware\t: BCM\n"
    values = collect(source(tmp_path, files={"/proc/cpuinfo": arm})).values
    assert (values["num_cpus"], values["cpu_model"], values["cpu"]["sockets"]) == (2, "BCM", 1)


def test_the_account_and_environment_are_told(tmp_path: Path) -> None:
    values = collect(source(tmp_path)).values
    assert (values["username"], values["groupname"]) == ("zester", "zester")
    assert (values["uid"], values["gid"]) == (990, 991)
    assert (values["shell"], values["path"]) == ("/bin/zsh", "/usr/bin:/bin")
    assert values["locale_info"]["defaultlanguage"] == "de_DE"
    assert values["timezone"] == "Europe/Berlin"
    assert values["server_id"] == 2115372243  # what Salt makes of this id
    assert values["saltversioninfo"][0] == 3007
    assert values["pid"] == os.getpid()


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


def test_a_broken_collector_breaks_nothing_else(tmp_path: Path) -> None:
    def broken() -> list[Address]:
        raise OSError(5, "the cable is on fire")

    facts = collect(source(tmp_path, addresses=broken, files={"/proc/meminfo": "MemTotal: lots\n"}))
    assert set(facts.problems) == {"network", "memory"}
    assert "on fire" in facts.problems["network"]
    assert facts.values["os"] == "Debian"
    assert facts.values["num_cpus"] == 8


def test_an_empty_machine_still_has_an_id_and_an_os(tmp_path: Path) -> None:
    empty = Source("n1", tmp_path, tmp_path, environ={}, addresses=list, uid=5, gid=5, machine="x")
    facts = collect(empty)
    assert set(facts.problems) == {"memory"}
    assert facts.values["id"] == "n1"
    assert facts.values["os_family"]
    assert (facts.values["username"], facts.values["shell"]) == ("5", "/bin/sh")


def test_hostile_files_are_survived(tmp_path: Path) -> None:
    given = source(tmp_path)
    names = [name for name in FILES if name.startswith(("/proc", "/etc", "/sys"))]
    for name in names:
        (tmp_path / name.lstrip("/")).write_bytes(b"\xff\0\n: : :\n\t\n" + b"9" * 50 + b"\n=\n#")
    collect(given)
    for name in names:
        path = tmp_path / name.lstrip("/")
        path.unlink()
        path.symlink_to(path.name)  # a loop
    facts = collect(given)
    assert facts.values["id"] == "n1.example.com"


def test_a_pipe_in_place_of_a_file_does_not_hang(tmp_path: Path) -> None:
    given = source(tmp_path)
    (tmp_path / "etc/hosts").unlink()
    os.mkfifo(tmp_path / "etc/hosts")
    assert collect(given).values["fqdn"] == "web1"


def test_links_inside_a_root_stay_inside(tmp_path: Path) -> None:
    given = source(tmp_path, files={"/run/resolve/resolv.conf": "nameserver 192.0.2.99\n"})
    (tmp_path / "etc/resolv.conf").unlink()
    (tmp_path / "etc/resolv.conf").symlink_to("/run/resolve/resolv.conf")
    assert collect(given).values["dns"]["nameservers"] == ["192.0.2.99"]


def test_the_fingerprint_ignores_what_always_changes(tmp_path: Path) -> None:
    before = collect(source(tmp_path)).values
    later = {
        "/proc/meminfo": FILES["/proc/meminfo"].replace("9000000", "8000000"),
        "/proc/uptime": "99.0 1.0\n",
        "/sys/class/net/veth12ab/address": "02:00:00:00:00:09\n",
    }
    after = collect(source(tmp_path, files=later, usage=lambda mount: (1000, 700, 300))).values
    assert before["memory"] != after["memory"]
    assert "veth12ab" in after["hwaddr_interfaces"]
    assert fingerprint(before) == fingerprint(after)


@pytest.mark.parametrize(
    "files",
    [
        {"/etc/os-release": FILES["/etc/os-release"].replace("12", "13")},
        {"/proc/sys/kernel/hostname": "web2\n"},
        {"/proc/meminfo": FILES["/proc/meminfo"].replace("16384000", "32768000")},
        {"/sys/class/net/eth2/address": "02:00:00:00:00:03\n"},
    ],
)
def test_the_fingerprint_sees_what_matters(tmp_path: Path, files: dict[str, str]) -> None:
    before = fingerprint(collect(source(tmp_path)).values)
    assert fingerprint(collect(source(tmp_path, files=files)).values) != before


def test_this_machine_has_facts_of_every_kind() -> None:
    facts = collect_facts("web-01.example.com")
    assert facts.problems == {}
    values = json.loads(json.dumps(facts.values))
    promised = (
        "id os os_family osfullname osrelease oscodename osarch cpuarch kernel kernelrelease "
        "kernelversion num_cpus cpu_model mem_total swap_total host fqdn domain nodename localhost "
        "ipv4 ipv6 fqdn_ip4 ip_interfaces ip4_interfaces ip6_interfaces hwaddr_interfaces virtual "
        "init apparmor path shell username uid gid groupname pythonversion pythonexecutable "
        "pythonpath saltversion saltversioninfo machine_id server_id locale_info timezone "
        "lsb_distrib_id lsb_distrib_codename ps pid disks ssds dns network default_ipv4 cpu "
        "memory disk"
    )
    assert set(promised.split()) <= values.keys()
    assert values["nodename"] == socket.gethostname()
    assert fingerprint(facts.values) == fingerprint(collect_facts("web-01.example.com").values)


def test_a_folder_without_an_operating_system_is_part_of_this_machine(tmp_path: Path) -> None:
    assert collect_facts("n1", tmp_path).values["os"] == collect_facts("n1").values["os"]
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/os-release").write_text("ID=alpine\nNAME=Alpine Linux\nVERSION_ID=3.19\n")
    facts = collect_facts("n1", tmp_path)
    assert (facts.values["os"], facts.problems) == ("Alpine", {})
    assert facts.values["mem_total"] > 0


def test_the_loopback_address_is_found() -> None:
    assert Address("lo", 4, "127.0.0.1") in addresses()


def test_a_fingerprint_leaves_the_facts_as_they_are() -> None:
    interfaces = {"eth0": {"ipv4": ["192.0.2.1"]}, "veth1": {"ipv4": []}}
    facts = {
        "pid": 1,
        "ip_interfaces": {"eth0": ["192.0.2.1"], "veth1": []},
        "network": {"interfaces": interfaces},
        "memory": {"total": 4, "free": 2},
    }
    before = copy.deepcopy(facts)
    mark = fingerprint(facts)
    assert facts == before
    assert fingerprint({**facts, "pid": 2, "memory": {"total": 4, "free": 1}}) == mark
    assert fingerprint({**facts, "ip_interfaces": {"eth0": ["192.0.2.1"], "veth2": []}}) == mark
    assert fingerprint({**facts, "memory": {"total": 5, "free": 2}}) != mark
    assert fingerprint({**facts, "network": {"interfaces": {"eth1": {}}}}) != mark
