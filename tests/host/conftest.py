"""A machine below a temporary folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from zester_peel.host.linux import LinuxHost


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    return folder


@pytest.fixture
def host(root: Path) -> LinuxHost:
    return LinuxHost(root)
