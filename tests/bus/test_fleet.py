"""One peel's nonsense never hides the others."""

from __future__ import annotations

import pytest

from zester.bus.buckets import FACTS, LEASES, STATUS
from zester.bus.fleet import read_facts, read_fleet
from zester.bus.keys import make_key
from zester.bus.kv import Kv
from zester.bus.link.connection import Bus
from zester.bus.records import Records
from zester.resources.lease import Lease
from zester.resources.nodes.facts import NodeFacts
from zester.resources.nodes.status import Condition, PeelStatus

pytestmark = pytest.mark.anyio


def status(node: str, env: str = "base") -> PeelStatus:
    ready = Condition(type="Ready", status="True", reason="Converged", since=1.0)
    return PeelStatus(id=node, env=env, version="1", conditions=(ready,), started=1.0, updated=2.0)


async def report(bus: Bus, node: str, env: str = "base") -> None:
    await Kv(bus, STATUS, PeelStatus).put(make_key(node), status(node, env))
    await Kv(bus, LEASES, Lease).put(make_key("peel", node), Lease(holder=node, renewed=3.0))
    facts = NodeFacts(id=node, values={"os": "Debian"}, collected=1.0)
    await Kv(bus, FACTS, NodeFacts).put(make_key(node), facts)


@pytest.mark.parametrize("header", ["404", "204", "503", "408", "nonsense"])
async def test_a_forged_status_header_hides_nobody(bus: Bus, header: str) -> None:
    await bus.request("$KV.status.a", status("a").encode(), headers={"Status": header})
    await report(bus, "b")

    assert set(await read_fleet(bus)) == {"a", "b"}
    assert set(await Records(bus, STATUS).get_many(["*"])) == {"a", "b"}


@pytest.mark.parametrize("rubbish", [b"", b"{", b"[]", b"\xff", b'{"holder":"x"}', b"[" * 100_000])
async def test_rubbish_in_any_bucket_hides_nobody(bus: Bus, rubbish: bytes) -> None:
    await Records(bus, LEASES).put("peel.a", rubbish)
    await Records(bus, FACTS).put("a", rubbish)
    await Records(bus, STATUS).put("a", rubbish)
    await report(bus, "web.example.com")

    fleet = await read_fleet(bus)

    assert fleet["web.example.com"].ready == "True"
    assert (fleet["a"].ready, fleet["a"].status) == ("Unknown", None)
    assert "not a peelstatus" in fleet["a"].problem
    assert set(await read_facts(bus)) == {"web.example.com"}


async def test_keys_that_no_peel_can_have_are_left_out(bus: Bus) -> None:
    for bucket, key in (
        (LEASES, "peel.=FF"),
        (LEASES, "peel.a.b"),
        (STATUS, "=FF"),
        (STATUS, "web.other"),
        (STATUS, "=1B=5B2J"),
        (FACTS, "=FF"),
        (FACTS, "web.other"),
    ):
        await Records(bus, bucket).put(key, status("evil").encode())
    await report(bus, "web")

    assert set(await read_fleet(bus)) == {"web"}
    assert set(await read_facts(bus)) == {"web"}


async def test_a_peel_cannot_report_under_the_name_of_another(bus: Bus) -> None:
    await Kv(bus, STATUS, PeelStatus).put("a", status("b"))

    found = (await read_fleet(bus))["a"]

    assert found.status is None
    assert "'b'" in found.problem


async def test_the_fleet_of_one_environment_is_only_that(bus: Bus) -> None:
    await report(bus, "a", "base")
    await report(bus, "b", "prod")
    await Kv(bus, LEASES, Lease).put("peel.new", Lease(holder="new", renewed=3.0))

    assert set(await read_fleet(bus)) == {"a", "b", "new"}
    assert set(await read_fleet(bus, "prod")) == {"b"}
