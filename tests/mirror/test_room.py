"""Of several masters one mirrors; what is asked of a master's settings."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import anyio
import pytest

from support.kubernetes.mirrored import CLUSTER, SPACE, Mirrored, eventually
from support.kubernetes.objects.json_value import Json
from support.masters import masters
from support.realm_folder import make_site
from zester.bus.buckets import LEASES
from zester.bus.kv import Kv
from zester.bus.server.provision import provision
from zester.errors import SettingsError
from zester.resources.lease import Lease
from zester.trust.disk.issuing import Wish, issue
from zester.trust.tiers import Tier
from zester_controller.mirror.opening import fleet_rules
from zester_controller.mirror.room import MirrorRoom
from zester_controller.settings import MasterSettings

pytestmark = pytest.mark.anyio

WEB: Json = {"files": {"states/web.zy": "web: test.nop\n"}}


async def test_of_two_masters_one_mirrors_and_the_other_takes_over(cluster: Mirrored) -> None:
    def room(name: str) -> MirrorRoom:
        return MirrorRoom(
            *(cluster.bus, cluster.make),
            holder=name,
            checks=cluster.checks,
            metrics=cluster.metrics,
            lease_ttl=3,
        )

    async def holder() -> str:
        found = await Kv(cluster.bus, LEASES, Lease).get("role.mirror")
        return found.value.holder if found else ""

    async def holds(name: str) -> None:
        async def held() -> bool:
            return await holder() == name

        await eventually(f"{name} has the role", held)

    async with anyio.create_task_group() as first, anyio.create_task_group() as second:
        first.start_soon(room("one").run)
        await holds("one")
        second.start_soon(room("two").run)
        await cluster.apply("StateTree", "web", WEB)
        await cluster.becomes("StateTree", "web", "Published")
        assert await holder() == "one"
        first.cancel_scope.cancel()
        await holds("two")
        await cluster.apply("StateTree", "more", {"files": {"states/more.zy": "{}\n"}})
        await cluster.becomes("StateTree", "more", "Published")
        second.cancel_scope.cancel()


async def test_a_master_process_mirrors_when_it_is_told_to(
    cluster: Mirrored, tmp_path: Path
) -> None:
    site = make_site(tmp_path / "site")
    publisher = tmp_path / "mirror"
    issue(site.realm, [Wish("base", Tier.PUBLISHER, f"kube/{CLUSTER}", publisher)])
    settings = {
        "kube_cluster": CLUSTER,
        "kube_trust": str(publisher),
        "kubeconfig": str(cluster.api.kubeconfig()),
        "kube_peels": "not label:site=staging",
        "kube_enrollments": "true",
        "kube_home": SPACE,
    }
    async with site.server, site.connect() as bus:
        await provision(bus)
        with masters(site.master, tmp_path, "one", **settings) as (master,):
            await cluster.apply("StateTree", "web", WEB)
            await cluster.becomes("StateTree", "web", "Published")
            assert "Traceback" not in master.log()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"kube_peels": "*"}, "no namespace is named"),
        ({"kube_peels": "*", "kube_home": "a", "kube_namespaces": ("b",)}, "does not look at it"),
        ({"kube_peels": "web and (", "kube_home": "a"}, "the target of the peels"),
    ],
)
def test_machines_that_cannot_be_shown_as_told_end_the_master_at_its_start(
    tmp_path: Path, given: dict[str, object], message: str
) -> None:
    settings = MasterSettings.model_validate({"id": "m1", "trust": tmp_path, **given})

    with pytest.raises(SettingsError, match=message):
        fleet_rules(settings)


def test_a_master_without_a_cluster_does_not_import_the_mirror() -> None:
    late = "zester_controller.mirror.mirror"
    code = f"import sys, zester_controller.main; print({late!r} in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
