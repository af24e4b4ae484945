"""Programs that people and operators run."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.kubernetes.kubectl import Kubectl


@pytest.fixture
def kubectl(kubeconfig: Path, tmp_path: Path) -> Kubectl:
    """An administrator's."""
    return Kubectl(kubeconfig, tmp_path)
