"""When facts count as changed."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from support.machines.described_machine import FILES, source
from zester_peel.facts.collect import collect, fingerprint


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
