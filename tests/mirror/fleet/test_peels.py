"""Peels are shown in the cluster, and what is said of them there is done."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from support.chart.rights import charted, denied
from support.kubernetes.mirrored import SPACE, Mirrored, eventually, mirrored
from support.kubernetes.objects.json_value import Json
from support.trusted import ENV, shared_realm
from zester.bus.buckets import ENROLLMENTS, FACTS, LEASES, NODES, STATUS
from zester.bus.keys import make_key
from zester.bus.kv import Kv
from zester.bus.link.connection import Bus
from zester.bus.maintenance.records import MaintenanceWriter, read_maintenance
from zester.bus.maintenance.trail import read_trail
from zester.bus.signed import SignedKv
from zester.resources.enrollment.enrollment import Enrollment
from zester.resources.lease import Lease
from zester.resources.maintenance.maintenance import Maintenance, ModeChoice
from zester.resources.nodes.facts import NodeFacts
from zester.resources.nodes.node_record import NodeRecord
from zester.resources.nodes.status import Condition, Counts, Failure, LastRun, PeelStatus
from zester.trust.nkeys import KeyKind, KeyPair
from zester.trust.tiers import Tier
from zester_controller.mirror.fleet.fleet import FleetRules

pytestmark = pytest.mark.anyio

NODE = "Web-01.example.com"
NAME = "web-01.example.com-7f6e9a87"
KEY = KeyPair.generate(KeyKind.USER).public


@pytest.fixture
async def cluster(bus: Bus, tmp_path: Path) -> AsyncIterator[Mirrored]:
    """Show all peels but those of staging, in the namespace ``web``."""
    rules = FleetRules(SPACE, peels="not label:site=staging")
    async with mirrored(bus, tmp_path, fleet=rules) as made:
        made.user = charted(made.api, home=SPACE)
        yield made
        assert denied(made.api, made.user) == []


def status(node: str = NODE, ready: str = "True", **more: object) -> PeelStatus:
    condition = Condition(type="Ready", status="True", reason="Converged", message="", since=5.0)
    condition = condition.model_copy(update={"status": ready})
    base = {
        "id": node,
        "env": ENV,
        "version": "0.1.0",
        "applied": {"git": 7},
        "conditions": (condition,),
        "counts": Counts(total=3, ok=3),
        "started": 1.0,
        "updated": time.time(),
    }
    return PeelStatus.model_validate({**base, **more})


async def report(
    bus: Bus, node: str = NODE, *, live: bool = True, ready: str = "True", **more: object
) -> None:
    """Be a peel that reports."""
    await Kv(bus, STATUS, PeelStatus).put(make_key(node), status(node, ready, **more))
    lease = Lease(holder=node, renewed=time.time())
    leases = Kv(bus, LEASES, Lease)
    if live:
        await leases.put(make_key("peel", node), lease, ttl=120)
    else:
        await leases.delete(make_key("peel", node))


async def enrol(bus: Bus, node: str = NODE, **labels: str) -> None:
    """Write down a peel that was let in, as its master does."""
    realm = shared_realm()
    signer, verifier = realm.signer(ENV, Tier.MASTER), realm.verifier(ENV)
    record = Enrollment(id=node, env=ENV, key=KEY, state="accepted", requested=5, labels=labels)
    known = NodeRecord(revision=1, id=node, env=ENV, key=KEY, updated=5, labels=labels)
    key = make_key(node)
    await SignedKv(bus, ENROLLMENTS, Enrollment, verifier).write(key, record, signer, over=0)
    await SignedKv(bus, NODES, NodeRecord, verifier).write(key, known, signer, over=0)


async def enrolled(bus: Bus, node: str = NODE) -> Enrollment:
    kv = SignedKv(bus, ENROLLMENTS, Enrollment, shared_realm().verifier(ENV))
    found = await kv.get(make_key(node))
    assert found is not None
    return found.value


async def maintained(bus: Bus, node: str = NODE) -> Maintenance | None:
    found = await read_maintenance(bus, shared_realm().verifier(ENV), [node])
    return found[node].value


async def shown(cluster: Mirrored, name: str = NAME) -> Json:
    """Wait for an object that has a status."""

    async def there() -> bool:
        answer = await cluster.get("Peel", name)
        return answer.code == 200 and "conditions" in answer.body["status"]

    await eventually(f"Peel {name} is shown", there)
    return (await cluster.get("Peel", name)).body


async def test_a_peel_is_shown_with_what_it_reports(cluster: Mirrored) -> None:
    facts = {"osfinger": "Debian-12", "cpuarch": "x86_64", "ipv4": ["192.0.2.1"]}
    told = NodeFacts(id=NODE, values=facts, collected=5.0)
    await Kv(cluster.bus, FACTS, NodeFacts).put(make_key(NODE), told)
    await enrol(cluster.bus)
    failure = Failure(ref="file.managed:/etc/motd", at="states/web.zy:3", comment="no space")
    await report(cluster.bus, ready="False", failures=(failure,))
    async with cluster.running():
        body = await shown(cluster)
        assert body["spec"]["id"] == NODE
        found = body["status"]
        assert (found["online"], found["os"], found["architecture"]) == (
            True,
            "Debian-12",
            "x86_64",
        )
        assert (found["publicKey"], found["addresses"]) == (KEY, ["192.0.2.1"])
        assert found["environments"] == [{"name": ENV, "revision": 7}]
        assert found["counts"] == {"total": 3, "unchanged": 3, "failed": 0, "drifted": 0}
        assert found["failures"][0]["location"] == "states/web.zy:3"
        assert found["lastSeenTime"].endswith(("0:00Z", "5:00Z"))
        assert (await cluster.condition("Peel", NAME))[0] == "False"


async def test_what_a_peel_says_of_itself_may_be_anything(cluster: Mirrored) -> None:
    run = LastRun(id="r" * 500, cause="c" * 500, started=-1e300, duration=1e300)
    facts = {"osfinger": 5, "osfullname": "x" * 500, "ipv4": "no list", "ipv6": [None, "::1"]}
    told = NodeFacts(id=NODE, values=facts, collected=5.0)
    await Kv(cluster.bus, FACTS, NodeFacts).put(make_key(NODE), told)
    await report(cluster.bus, last_run=run, version="v" * 500, applied={"a": 1, "b": 2})
    lease = Lease(holder=NODE, renewed=1e300)
    await Kv(cluster.bus, LEASES, Lease).put(make_key("peel", NODE), lease, ttl=120)
    async with cluster.running():
        found = (await shown(cluster))["status"]
        assert (len(found["os"]), found["addresses"]) == (128, ["::1"])
        assert found["lastSeenTime"].startswith("9999-")
        assert found["lastRun"]["startTime"].startswith("1970-")
        assert found["environments"] == [{"name": ENV}]


async def test_silence_is_unknown_and_a_peel_that_left_goes(cluster: Mirrored) -> None:
    await report(cluster.bus, live=False)
    async with cluster.running():
        await shown(cluster)
        assert (await cluster.condition("Peel", NAME))[:2] == ("Unknown", "Silent")
        assert (await cluster.get("Peel", NAME)).body["status"]["online"] is False
        assert await cluster.events(NAME) == [], "that it is shown is no news of it"
        await report(cluster.bus)
        await cluster.becomes("Peel", NAME, "Converged")

        async def posted() -> bool:
            return await cluster.events(NAME) == [("Normal", "Converged")]

        await eventually("an event tells that it is back", posted)
        await cluster.delete("Peel", NAME)  # that says nothing about the peel

        async def back() -> bool:
            return (await cluster.get("Peel", NAME)).code == 200

        await eventually("it is shown again", back)
        await Kv(cluster.bus, STATUS, PeelStatus).delete(make_key(NODE))
        await cluster.gone("Peel", NAME)


async def test_a_run_that_ends_badly_is_an_event_and_one_that_ends_well_is_none(
    cluster: Mirrored,
) -> None:
    async def says(ready: str, reason: str) -> None:
        said = Condition(type="Ready", status=ready, reason=reason, message="", since=5.0)
        await report(cluster.bus, conditions=(said,))
        await shown(cluster)
        await cluster.becomes("Peel", NAME, reason)

    async with cluster.running():
        for ready, reason in (
            *(("Unknown", "Progressing"), ("True", "Converged")),
            *(("Unknown", "Progressing"), ("False", "Failed"), ("True", "Converged")),
        ):
            await says(ready, reason)

        async def posted() -> bool:
            return await cluster.events(NAME) == [("Warning", "Failed"), ("Normal", "Converged")]

        await eventually("what went wrong and that it is over", posted)


async def test_peels_that_are_not_meant_are_not_shown(cluster: Mirrored) -> None:
    await enrol(cluster.bus, "db-1", site="staging")
    await report(cluster.bus, "db-1")
    await report(cluster.bus, "web-1", env="other")
    await report(cluster.bus, "web-2")
    async with cluster.running():
        await shown(cluster, "web-2")
        listed = (await cluster.kube.get(cluster.path("Peel"))).body["items"]
        assert [each["metadata"]["name"] for each in listed] == ["web-2"]


async def test_what_a_peel_object_says_is_done_in_the_name_of_who_said_it(
    cluster: Mirrored,
) -> None:
    await enrol(cluster.bus)
    await report(cluster.bus)
    async with cluster.running():
        await shown(cluster)
        spec: Json = {
            "id": NODE,
            "labels": {"role": "db"},
            "mode": "observe",
            "suspend": True,
            "suspendReason": "move to the new rack",
        }
        await cluster.apply("Peel", NAME, spec)

        async def obeyed() -> bool:
            said = await maintained(cluster.bus)
            return bool(said and said.suspension and said.choice)

        await eventually("it is suspended", obeyed)
        said = await maintained(cluster.bus)
        assert said is not None
        assert said.suspension is not None
        assert said.choice is not None
        assert said.suspension.reason == "move to the new rack"
        assert said.choice.mode == "observe"
        assert said.choice.by == f"kube/prod Peel web/{NAME} (test)"
        record = await enrolled(cluster.bus)
        assert (record.state, record.labels, record.by) == (
            *("accepted", {"role": "db"}),
            f"kube/prod Peel web/{NAME} (test)",
        )

        trail = await read_trail(cluster.bus, shared_realm().verifier(ENV), since=0)
        assert {step.who for step in trail} == {record.by}

        await cluster.apply("Peel", NAME, {"id": NODE, "labels": {"role": "db"}})

        async def taken_back() -> bool:
            said = await maintained(cluster.bus)
            return bool(said and not said.suspension and not said.choice)

        await eventually("what is no longer said is taken back", taken_back)


async def test_what_operators_said_stays_where_the_object_says_nothing(cluster: Mirrored) -> None:
    realm = shared_realm()
    await enrol(cluster.bus, role="web")
    await report(cluster.bus)
    writer = MaintenanceWriter(cluster.bus, realm.signer(ENV, Tier.OPERATOR), realm.verifier(ENV))
    choice = ModeChoice(mode="observe", by="alice", since=5)
    await writer.change([NODE], lambda said: said.model_copy(update={"choice": choice}))
    async with cluster.running():
        await shown(cluster)
        await cluster.apply("Peel", NAME, {"id": NODE, "labels": {"role": "db"}})

        async def labelled() -> bool:
            return (await enrolled(cluster.bus)).labels == {"role": "db"}

        await eventually("it is labelled", labelled)
        said = await maintained(cluster.bus)
        assert said is not None
        assert said.choice == choice


async def test_a_revocation_is_written_where_masters_carry_it_out(cluster: Mirrored) -> None:
    await enrol(cluster.bus)
    await report(cluster.bus)
    async with cluster.running():
        await shown(cluster)
        await cluster.apply("Peel", NAME, {"id": NODE, "revoked": True})
        _, _, message = await cluster.becomes("Peel", NAME, "Revoked")
        assert message == f"revoked by kube/prod Peel web/{NAME} (test)"
        record = await enrolled(cluster.bus)
        assert record.state == "revoked"
        assert KEY in record.revoked


async def test_an_object_that_cannot_be_acted_on_is_told_why(cluster: Mirrored) -> None:
    await report(cluster.bus)
    async with cluster.running():
        await shown(cluster)
        await cluster.apply("Peel", NAME, {"id": NODE, "labels": {"role": "db"}})
        _, _, message = await cluster.becomes("Peel", NAME, "InvalidSpec")
        assert "did not enrol" in message
        await cluster.apply("Peel", "other", {"id": NODE})
        _, _, message = await cluster.becomes("Peel", "other", "InvalidSpec")
        assert message == f"the Peel of {NODE} is called {NAME}"
        await cluster.apply("Peel", "planned-1", {"id": "planned-1"})
        assert (await cluster.becomes("Peel", "planned-1", "Silent"))[0] == "Unknown"
