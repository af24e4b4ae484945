"""What users do with our kinds: files from the repository, short names, waiting, approving."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kubernetes.contract.conftest import REAL, Place
from support.kubernetes.kubectl import Kubectl

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[3]


@pytest.fixture
async def kubectl(kubeconfig: Path, place: Place, tmp_path: Path) -> AsyncIterator[Kubectl]:
    """An administrator whose cluster has our definitions."""
    user = Kubectl(kubeconfig, tmp_path)
    await user("apply", "--server-side", "-f", str(ROOT / "crds"))
    await user("wait", "--for=condition=Established", "--timeout=60s", "-f", str(ROOT / "crds"))
    yield user
    if REAL is not None:
        await user("delete", "-f", str(ROOT / "crds"))


async def test_the_examples_are_taken_word_for_word(kubectl: Kubectl, place: Place) -> None:
    for path in sorted((ROOT / "examples/kubernetes").glob("*.yaml")):
        await kubectl("create", "-f", str(path), "-n", place.namespace, "--validate=strict")

    shown = await kubectl("get", "zester", "-n", place.namespace, "-o", "name")
    kinds = {line.partition(".")[0] for line in shown.stdout.split()}
    assert kinds == {
        *("statetree", "topassignment", "settings", "gitsource", "peel"),
        *("enrollment", "command", "rollout", "reactorrule"),
    }


async def test_short_names_show_the_columns(kubectl: Kubectl, place: Place) -> None:
    web = ROOT / "examples/kubernetes/web.yaml"
    await kubectl("apply", "-f", str(web), "-n", place.namespace)

    shown = await kubectl("get", "ztop", "-n", place.namespace)

    head, row = (line.split() for line in shown.stdout.splitlines())
    assert head == ["NAME", "ENV", "TARGET", "MATCHED", "NOT-READY", "READY", "STATUS", "AGE"]
    assert row[:3] == ["web", "base", "web-*"]


async def test_nobody_is_ready_before_somebody_looked(kubectl: Kubectl, place: Place) -> None:
    web = ROOT / "examples/kubernetes/web.yaml"
    await kubectl("apply", "-f", str(web), "-n", place.namespace)

    waited = await kubectl(
        *("wait", "--for=condition=Ready", "--timeout=1s", "zst/web", "-n", place.namespace),
        code=None,
    )
    assert waited.returncode == 1
    assert "timed out" in waited.stderr


async def test_a_typo_is_refused_with_its_place(kubectl: Kubectl, place: Place) -> None:
    text = (ROOT / "examples/kubernetes/web.yaml").read_text(encoding="utf-8")

    done = await kubectl(
        *("create", "-n", place.namespace, "--validate=strict", "-f", "-"),
        stdin=text.replace("  env: base\n  files", "  enviroment: base\n  files"),
        code=None,
    )
    assert done.returncode == 1
    assert 'unknown field "spec.enviroment"' in done.stderr


async def test_a_refused_object_is_told_why(kubectl: Kubectl, place: Place) -> None:
    text = (ROOT / "examples/kubernetes/web.yaml").read_text(encoding="utf-8")

    done = await kubectl(
        *("create", "-n", place.namespace, "-f", "-"),
        stdin=text.replace("states/web/init.zy", "states/../../etc/passwd"),
        code=None,
    )
    assert done.returncode == 1
    assert "paths are relative, without empty, '.' or '..' parts" in done.stderr


async def test_a_machine_is_approved_by_the_fingerprint_it_shows(
    kubectl: Kubectl, place: Place
) -> None:
    where = ("-n", place.namespace)
    machine = (
        "{apiVersion: zester.dev/v1alpha1, kind: Enrollment, metadata: {name: db-07}, spec: {}}"
    )
    await kubectl("create", *where, "-f", "-", stdin=machine)
    told = '{"status":{"id":"db-07","fingerprint":"SHA256:abc"}}'
    patch = ("patch", "zenr", "db-07", *where, "--type=merge")
    await kubectl(*patch, "--subresource=status", "-p", told)

    def decision(fingerprint: str) -> str:
        return f'{{"spec":{{"decision":"Approve","fingerprint":"{fingerprint}"}}}}'

    wrong = await kubectl(*patch, "-p", decision("SHA256:xyz"), code=None)
    assert wrong.returncode == 1
    assert "only the key whose fingerprint is in status" in wrong.stderr

    await kubectl(*patch, "-p", decision("SHA256:abc"))
    later = await kubectl(*patch, "-p", '{"spec":{"decision":"Reject"}}', code=None)
    assert later.returncode == 1
    assert "a decision is final" in later.stderr
    shown = await kubectl("get", "zenr", "db-07", *where)
    assert shown.stdout.splitlines()[1].split()[:4] == ["db-07", "db-07", "SHA256:abc", "Approve"]
