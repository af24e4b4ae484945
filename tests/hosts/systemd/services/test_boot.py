"""Zester as a service of a host that boots."""

from __future__ import annotations

from hosts.systemd.machine import Machine


def test_a_host_boots_with_systemd_and_knows_zester(machine: Machine) -> None:
    assert machine.run("cat", "/proc/1/comm").stdout.strip() == "systemd"
    assert machine.run("zester-peel", "--version").stdout.startswith("zester-peel")
