"""The double as a process of its own, with our definitions."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.kubernetes.client import Client
from support.kubernetes.kubectl import Kubectl

pytestmark = [pytest.mark.anyio, pytest.mark.e2e]

ROOT = Path(__file__).parents[4]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Path]:
    """The kubeconfig of a server that serves ``crds/``."""
    crds = sorted(str(path) for path in (ROOT / "crds").glob("*.yaml"))
    with subprocess.Popen(
        [sys.executable, "-m", "support.kubernetes", str(tmp_path), *crds],
        cwd=ROOT / "tests",
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            yield Path(process.stdout.readline().strip())
        finally:
            process.terminate()
            assert process.wait(timeout=30) == 0


async def test_our_kinds_are_served_to_kubectl(served: Path, tmp_path: Path) -> None:
    kubectl = Kubectl(served, tmp_path)

    found = await kubectl("api-resources", "--categories=zester", "-o", "name")
    explained = await kubectl("explain", "statetree.spec.files")
    listed = await kubectl("get", "zester", "-A")
    async with Client.of(served) as client:
        answer = await client.get("/apis/zester.dev/v1alpha1/statetrees")

    assert {each.split(".", 1)[1] for each in found.stdout.split()} == {"zester.dev"}
    assert len(found.stdout.split()) == 9
    assert "FIELD: files" in explained.stdout
    assert "No resources found" in listed.stderr
    assert answer.body["items"] == []
