"""Machines whose package manager is not Debian's, with a repository called ``tests``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from hosts.network import Namespace
from hosts.systemd.machine import Machine


@pytest.fixture
def foreign(request: pytest.FixtureRequest, tmp_path: Path, here: Namespace) -> Iterator[Machine]:
    """A running machine with the package manager that the test's ``name`` says."""
    name = request.node.callspec.params["name"]
    layer = "zypper" if name == "zypper" else "dnf"
    made = Machine(tmp_path / "machine", "web-01", here, manager=layer)
    with ExitStack() as stack:
        stack.callback(made.stop)
        made.make()
        if name == "pacman":
            made.path("/usr/bin/dnf").unlink()
        made.boot()
        yield made
