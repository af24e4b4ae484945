"""Hosts whose peel follows a site."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hosts.site import Site
from hosts.systemd.following import follow, watched
from hosts.systemd.machine import Machine
from hosts.systemd.services.demo import DEMO

PEEL = """probe: 127.0.0.1:9090
lease_ttl: 5
poll_interval: 0.5
contested_after: 20
"""


@pytest.fixture
def peel(machine: Machine, site: Site) -> Iterator[Machine]:
    """A host whose peel follows the site."""
    machine.path("/etc/systemd/system/demo.service").write_text(DEMO)
    follow(machine, site, PEEL)
    yield from watched(machine)
