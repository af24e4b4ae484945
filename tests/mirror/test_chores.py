"""What is done once: definitions brought, objects let go of."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import anyio
import pytest
import yaml

from support.kubernetes.access.identity import User
from support.kubernetes.client import Client
from support.kubernetes.mirrored import Mirrored
from support.kubernetes.server import ApiServer
from support.kubernetes.structural import StructuralSchemas
from zester.resources.kubernetes.names import FINALIZER
from zester.resources.kubernetes.registry import CUSTOM_KINDS

pytestmark = pytest.mark.anyio

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
WEB = {"files": {"states/web.zy": "web: test.nop\n"}}


async def kube(kubeconfig: Path, *args: str, code: int = 0) -> subprocess.CompletedProcess[bytes]:
    done = await anyio.run_process(
        [
            *(sys.executable, "-m", "zester_controller.main", "kube", *args),
            *("--kubeconfig", str(kubeconfig)),
        ],
        check=False,
    )
    assert done.returncode == code, done
    return done


async def test_definitions_are_brought_and_brought_up_to_date(tmp_path: Path) -> None:
    async with ApiServer(tmp_path, StructuralSchemas()) as api:
        admin = api.kubeconfig()
        done = await kube(admin, "define")
        assert done.stdout.count(b"is defined") == len(CUSTOM_KINDS)

        async with Client.of(admin) as client:
            path = f"{DEFINITIONS}/statetrees.zester.dev"
            old = (await client.get(path)).body
            old["spec"]["names"]["shortNames"] = ["old"]
            assert (await client.put(path, old)).code == 200
            await kube(admin, "define")
            assert (await client.get(path)).body["spec"]["names"]["shortNames"] == ["zst"]


async def test_who_may_not_define_is_told_so(tmp_path: Path) -> None:
    async with ApiServer(tmp_path, StructuralSchemas()) as api:
        nobody = api.kubeconfig(User("nobody", ("system:authenticated",)))
        done = await kube(nobody, "define", code=1)
        assert b"customresourcedefinitions" in done.stderr
        assert b"Traceback" not in done.stderr


async def test_nothing_is_held_once_everything_was_let_go_of(cluster: Mirrored) -> None:
    async with cluster.running():
        await cluster.apply("StateTree", "web", WEB)
        await cluster.publishes("states/web.zy")
        await cluster.becomes("StateTree", "web", "Published")
    held = (await cluster.get("StateTree", "web")).body["metadata"]
    assert FINALIZER in held["finalizers"]
    await cluster.kube.merge(
        cluster.path("StateTree", "web"),
        {"metadata": {"finalizers": [*held["finalizers"], "example.com/other"]}},
    )

    done = await kube(cluster.api.kubeconfig(), "release", "--quiet", "0.5")

    assert done.stdout == b"let go of 1 objects\n"
    left = (await cluster.get("StateTree", "web")).body["metadata"]
    assert left["finalizers"] == ["example.com/other"]
    assert set(await cluster.entries()) == {"states/web.zy"}  # peels go on
    again = await kube(cluster.api.kubeconfig(), "release", "--namespaces", "web", "--quiet", "0")
    assert again.stdout == b"let go of 0 objects\n"


async def test_outside_of_a_cluster_somebody_has_to_say_where_it_is(tmp_path: Path) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text(yaml.safe_dump({"clusters": []}))
    done = await kube(path, "define", code=1)
    assert b"not a kubeconfig" in done.stderr
