"""A host that boots, enrolled, with its peel as a service."""

from __future__ import annotations

from collections.abc import Iterator

from hosts.site import Site
from hosts.systemd.machine import Machine

STATE = "/var/lib/zester/peel"


def follow(machine: Machine, site: Site, settings: str = "") -> None:
    """Let the peel of a host follow a site; return when it has reported."""
    machine.path("/etc/zester").mkdir(exist_ok=True)
    machine.path("/etc/zester/peel.yaml").write_text(settings)
    site.realm.admit(machine.path(STATE))
    machine.run("systemctl", "start", "zester-peel")
    site.wait_for(machine.name)


def watched(machine: Machine) -> Iterator[Machine]:
    """Hand the host to a test; fail afterwards when its peel met an error nobody expected."""
    yield machine
    said = machine.run("journalctl", "-u", "zester-peel", "-o", "cat", check=False).stdout
    assert "Traceback" not in said, said[said.index("Traceback") - 500 :][:4000]
