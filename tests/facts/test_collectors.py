"""Each collector reads what the kernel and the configuration say."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

from support.machines.described_machine import FILES, source
from zester_peel.facts.addresses import Address
from zester_peel.facts.collect import collect, collect_facts, fingerprint
from zester_peel.facts.source import Source


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
