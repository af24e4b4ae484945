"""A cluster and a bus; the mirror between them is the test's to start."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from support.kubernetes.mirrored import Mirrored, mirrored
from zester.bus.link.connection import Bus


@pytest.fixture
async def cluster(bus: Bus, tmp_path: Path) -> AsyncIterator[Mirrored]:
    """No mirror runs yet."""
    async with mirrored(bus, tmp_path) as made:
        yield made
