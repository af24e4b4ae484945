"""Hosts that boot."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from hosts.network import Namespace
from hosts.systemd.machine import Machine


@pytest.fixture
def machine(tmp_path: Path, here: Namespace) -> Iterator[Machine]:
    """A running Debian host in the namespace ``here``."""
    made = Machine(tmp_path / "machine", "web-01", here)
    with ExitStack() as stack:
        stack.callback(made.stop)
        made.make()
        made.boot()
        yield made
