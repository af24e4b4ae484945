"""A peel that follows what a mirror publishes."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.kubernetes.mirrored import Mirrored
from support.machines.followed import Followed
from zester.bus.server.embedded import EmbeddedServer
from zester_controller.mirror.report import census


@pytest.fixture
def followed(
    cluster: Mirrored, server: EmbeddedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Followed:
    """Neither the mirror nor the peel runs yet."""
    monkeypatch.setattr(census, "FRESH_FOR", 0.0)
    return Followed(cluster, server, tmp_path)
