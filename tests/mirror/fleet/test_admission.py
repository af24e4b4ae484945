"""From a machine that asks to a peel that is cut off, all of it decided in the cluster."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.enrolling import admitting, ask_once, machine
from support.kubernetes.mirrored import SPACE, Mirrored, eventually, mirrored
from support.trusted import ENV, bus_as
from zester.bus.buckets import NODES, STATUS
from zester.bus.keys import make_key
from zester.bus.kv import Kv
from zester.bus.records import Records
from zester.bus.server.embedded import EmbeddedServer
from zester.resources.nodes.status import Condition, PeelStatus
from zester.trust.tiers import Tier
from zester_controller.mirror.fleet.fleet import FleetRules
from zester_controller.mirror.fleet.naming import enrollment_name

pytestmark = pytest.mark.anyio

NODE = "web-01"


async def shows(cluster: Mirrored, kind: str, name: str) -> None:
    async def there() -> bool:
        answer = await cluster.get(kind, name)
        return answer.code == 200 and "conditions" in answer.body["status"]

    await eventually(f"{kind} {name} is shown", there)


async def test_a_machine_comes_in_and_goes_out_by_objects_alone(
    trusted_server: EmbeddedServer, tmp_path: Path
) -> None:
    web = machine(tmp_path, trusted_server)
    rules = FleetRules(SPACE, peels="*", enrollments=True)
    name = enrollment_name(NODE, web.key.public)
    async with (
        admitting(trusted_server),
        bus_as(trusted_server, Tier.MASTER, "mirror") as bus,
        mirrored(bus, tmp_path, fleet=rules) as cluster,
        cluster.running(),
    ):
        assert (await ask_once(trusted_server, web)).answer.verdict == "pending"
        await shows(cluster, "Enrollment", name)
        status = (await cluster.get("Enrollment", name)).body["status"]
        assert (status["fingerprint"], status["sourceAddress"]) == (web.key.public, "127.0.0.1")

        approval = {
            "decision": "Approve",
            "fingerprint": web.key.public,
            "labels": {"role": "db"},
        }
        await cluster.apply("Enrollment", name, approval)
        await cluster.becomes("Enrollment", name, "Approved", "Approved")
        assert (await ask_once(trusted_server, web)).answer.verdict == "accepted"
        await cluster.becomes("Enrollment", name, "Issued")
        assert web.enrolled

        ready = Condition(type="Ready", status="True", reason="Converged", since=5.0)
        told = PeelStatus(
            id=NODE, env=ENV, version="1", conditions=(ready,), started=1.0, updated=2.0
        )
        await Kv(bus, STATUS, PeelStatus).put(make_key(NODE), told)
        await shows(cluster, "Peel", NODE)
        body = (await cluster.get("Peel", NODE)).body
        assert body["status"]["publicKey"] == web.key.public

        await cluster.apply("Peel", NODE, {"id": NODE, "revoked": True})
        await cluster.becomes("Peel", NODE, "Revoked")

        async def purged() -> bool:
            return await Records(bus, NODES).get(make_key(NODE)) is None

        await eventually("what it left is removed", purged)
        await cluster.becomes("Enrollment", name, "Revoked")
        assert (await ask_once(trusted_server, web)).answer.verdict == "rejected"
