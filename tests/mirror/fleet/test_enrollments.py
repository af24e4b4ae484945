"""Machines that ask are shown in the cluster, and decided there by whoever may change objects."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from support.chart.rights import charted, denied
from support.kubernetes.mirrored import SPACE, Mirrored, eventually, mirrored
from support.kubernetes.objects.json_value import Json
from support.trusted import ENV, shared_realm
from zester.bus.buckets import ENROLLMENTS
from zester.bus.keys import make_key
from zester.bus.link.connection import Bus
from zester.bus.signed import SignedKv
from zester.resources.enrollment.enrollment import Enrollment, Rival
from zester.resources.enrollment.request import Machine
from zester.trust.nkeys import KeyKind, KeyPair
from zester.trust.tiers import Tier
from zester_controller.mirror.fleet.fleet import FleetRules
from zester_controller.mirror.fleet.naming import enrollment_name

pytestmark = pytest.mark.anyio

NODE = "web-01"
KEY, OTHER = (KeyPair.generate(KeyKind.USER).public for _ in range(2))
NAME, RIVAL = enrollment_name(NODE, KEY), enrollment_name(NODE, OTHER)


@pytest.fixture
async def cluster(bus: Bus, tmp_path: Path) -> AsyncIterator[Mirrored]:
    """Show machines that ask in the namespace ``web``."""
    rules = FleetRules(SPACE, enrollments=True)
    async with mirrored(bus, tmp_path, fleet=rules) as made:
        made.user = charted(made.api, home=SPACE)
        yield made
        assert denied(made.api, made.user) == []


def books(bus: Bus) -> SignedKv[Enrollment]:
    return SignedKv(bus, ENROLLMENTS, Enrollment, shared_realm().verifier(ENV))


async def ask(bus: Bus, **more: object) -> None:
    """Write down that a machine asked, as its master does."""
    base = {
        "id": NODE,
        "env": ENV,
        "key": KEY,
        "state": "pending",
        "requested": int(time.time()),
        "source": "192.0.2.7",
        "machine": Machine(host="web-01", os="Debian 12", version="1"),
    }
    record = Enrollment.model_validate({**base, **more})
    found = await books(bus).get(make_key(NODE))
    signer = shared_realm().signer(ENV, Tier.MASTER)
    over = found.revision if found else 0
    await books(bus).write(make_key(NODE), record, signer, over=over)


async def record(bus: Bus) -> Enrollment:
    found = await books(bus).get(make_key(NODE))
    assert found is not None
    return found.value


async def asked(cluster: Mirrored, name: str = NAME) -> Json:
    """Wait until a request is shown."""

    async def there() -> bool:
        answer = await cluster.get("Enrollment", name)
        return answer.code == 200 and "fingerprint" in answer.body["status"]

    await eventually(f"Enrollment {name} is shown", there)
    return (await cluster.get("Enrollment", name)).body


async def decide(cluster: Mirrored, spec: Json, name: str = NAME) -> int:
    answer = await cluster.kube.apply(
        cluster.path("Enrollment", name),
        cluster.body("Enrollment", name, spec),
        manager="alice",
        force="true",
    )
    return answer.code


async def test_a_machine_that_asks_is_let_in_by_its_key(cluster: Mirrored) -> None:
    await ask(cluster.bus)
    async with cluster.running():
        status = (await asked(cluster))["status"]
        assert (status["id"], status["fingerprint"]) == (NODE, KEY)
        assert status["sourceAddress"] == "192.0.2.7"
        assert status["facts"] == {"host": "web-01", "os": "Debian 12", "version": "1"}
        assert (await cluster.condition("Enrollment", NAME))[:2] == ("Unknown", "Pending")

        approve: Json = {"decision": "Approve", "labels": {"role": "db"}}
        assert await decide(cluster, {**approve, "fingerprint": OTHER}) == 422
        assert await decide(cluster, {**approve, "fingerprint": KEY}) == 200
        await cluster.becomes("Enrollment", NAME, "Approved", "Approved")
        found = await record(cluster.bus)
        assert (found.state, found.key, found.labels) == ("accepted", KEY, {"role": "db"})
        assert found.by == f"kube/prod Enrollment web/{NAME} (alice)"
        assert (await cluster.condition("Enrollment", NAME))[:2] == ("Unknown", "Progressing")

        await ask(cluster.bus, **found.model_dump(exclude={"renewed"}), renewed=int(time.time()))
        await cluster.becomes("Enrollment", NAME, "Issued")
        status = (await cluster.get("Enrollment", NAME)).body["status"]
        assert status["decidedBy"] == found.by
        told = [("Normal", "Pending"), ("Normal", "Approved"), ("Normal", "Issued")]

        async def posted() -> bool:
            return await cluster.events(NAME) == told

        await eventually("each turn is an event", posted)


async def test_a_machine_that_is_rejected_is_told_why_and_its_object_goes_in_time(
    cluster: Mirrored,
) -> None:
    await ask(cluster.bus)
    async with cluster.running():
        await asked(cluster)
        spec: Json = {"decision": "Reject", "reason": "not ours", "ttlSecondsAfterFinished": 1}
        assert await decide(cluster, spec) == 200

        async def rejected() -> bool:
            return (await record(cluster.bus)).state == "rejected"

        await eventually("it is rejected", rejected)
        found = await record(cluster.bus)
        assert (found.note, found.refused) == ("not ours", (KEY,))
        await cluster.gone("Enrollment", NAME)
        assert await cluster.events(NAME) == [("Normal", "Pending"), ("Warning", "Denied")]


async def test_of_two_keys_that_ask_for_one_id_each_is_shown_and_decided_for_itself(
    cluster: Mirrored,
) -> None:
    await ask(cluster.bus, rivals=(Rival(key=OTHER, source="192.0.2.8", at=5),))
    async with cluster.running():
        await asked(cluster)
        assert (await asked(cluster, RIVAL))["status"]["sourceAddress"] == "192.0.2.8"
        assert await decide(cluster, {"decision": "Reject"}, RIVAL) == 200
        await cluster.becomes("Enrollment", RIVAL, "Denied")
        assert (await record(cluster.bus)).state == "pending"
        assert await decide(cluster, {"decision": "Approve", "fingerprint": KEY}) == 200
        await cluster.becomes("Enrollment", NAME, "Approved", "Approved")
        found = await record(cluster.bus)
        assert (found.key, found.refused) == (KEY, (OTHER,))


async def test_what_was_decided_elsewhere_is_shown_and_a_request_that_is_over_goes(
    cluster: Mirrored,
) -> None:
    await ask(cluster.bus, rivals=(Rival(key=OTHER, at=5),))
    async with cluster.running():
        await asked(cluster)
        await asked(cluster, RIVAL)
        await ask(cluster.bus, state="accepted", by="bob", renewed=9)
        _, _, message = await cluster.becomes("Enrollment", NAME, "Approved", "Approved")
        assert message == "approved by bob"
        await cluster.gone("Enrollment", RIVAL)


async def test_an_approval_is_carried_out_once(cluster: Mirrored) -> None:
    await ask(cluster.bus)
    async with cluster.running():
        await asked(cluster)
        assert await decide(cluster, {"decision": "Approve", "fingerprint": KEY}) == 200
        await cluster.becomes("Enrollment", NAME, "Approved", "Approved")
        await ask(cluster.bus)  # it was forgotten, and asks again
        _, _, message = await cluster.becomes("Enrollment", NAME, "Pending")
        assert "delete this object to decide anew" in message
        assert (await record(cluster.bus)).state == "pending"
        await ask(cluster.bus, state="revoked", revoked={KEY: 9})
        await cluster.becomes("Enrollment", NAME, "Revoked")
        assert (await record(cluster.bus)).state == "revoked"
