"""Hosts whose peel follows a site."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hosts.site import Site
from hosts.systemd.machine import Machine
from hosts.systemd.services.demo import DEMO

PEEL = """id: web-01
url: {url}
probe: 127.0.0.1:9090
lease_ttl: 5
poll_interval: 0.5
contested_after: 20
"""


@pytest.fixture
def peel(machine: Machine, site: Site) -> Iterator[Machine]:
    """A host whose peel follows the site."""
    machine.path("/etc/zester").mkdir()
    machine.path("/etc/zester/peel.yaml").write_text(PEEL.format(url=site.url))
    machine.path("/etc/systemd/system/demo.service").write_text(DEMO)
    machine.run("systemctl", "start", "zester-peel")
    site.wait_for()
    yield machine
    said = machine.run("journalctl", "-u", "zester-peel", "-o", "cat", check=False).stdout
    assert "Traceback" not in said, said[said.index("Traceback") - 500 :][:4000]
