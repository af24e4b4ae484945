"""Masters answer whom a target means from an index that is as the buckets are."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import anyio
import pytest

from support.operators import announce, operator_on
from support.targets import cases, fleet, groups
from support.trusted import ENV, bus_as
from zester.bus.buckets import FACTS, NODES
from zester.bus.index.asking import FIND, FoundPeels, ask_masters, place_of_answer
from zester.bus.jobs.roster import Wanted, ask_roster, read_roster
from zester.bus.keys import make_key
from zester.bus.link.connection import Bus
from zester.bus.link.message import Message
from zester.bus.records import Records
from zester.bus.server.embedded import EmbeddedServer
from zester.bus.server.provision import provision
from zester.bus.signed import SignedKv
from zester.cli.fleet.operator import Operator
from zester.resources.nodes.fleet_question import FleetPage, FleetQuestion
from zester.resources.nodes.node_record import NodeRecord
from zester.targeting.node import NodeView
from zester.targeting.parser import parse_target
from zester.telemetry.metrics import Metrics
from zester.trust.realm import Realm
from zester.trust.tiers import Tier
from zester_controller.index.room import IndexRoom

pytestmark = pytest.mark.anyio

Master = tuple[Bus, IndexRoom, Metrics]
RunMaster = Callable[[], AbstractAsyncContextManager[Master]]


@pytest.fixture
def run_master(trusted_server: EmbeddedServer, realm: Realm) -> RunMaster:
    """Run a master that only answers."""

    @asynccontextmanager
    async def run() -> AsyncIterator[Master]:
        verifier, metrics = realm.verifier(ENV), Metrics()
        signer = realm.signer(ENV, Tier.MASTER)
        async with bus_as(trusted_server, Tier.MASTER, "master") as bus:
            room = IndexRoom(bus, lambda: signer, lambda: verifier, metrics=metrics)
            async with anyio.create_task_group() as tasks:
                await tasks.start(room.run)
                yield bus, room, metrics
                tasks.cancel_scope.cancel()

    return run


@pytest.fixture
async def operator(trusted_server: EmbeddedServer) -> AsyncIterator[Operator]:
    async with operator_on(trusted_server) as connected:
        yield connected


async def label(
    bus: Bus,
    realm: Realm,
    node: str,
    labels: Mapping[str, str],
    *,
    over: int = 0,
    tier: Tier = Tier.MASTER,
) -> int:
    """Say something of a peel as somebody of a tier; return the revision."""
    kv, signer = SignedKv(bus, NODES, NodeRecord, realm.verifier(ENV)), realm.signer(ENV, tier)
    said = NodeRecord(
        id=node, env=ENV, labels=dict(labels), revision=over + 1, key=signer.key.public, updated=1
    )
    return await kv.write(make_key(node), said, signer, over=over)


async def ask(operator: Operator, target: str, *paths: str) -> FoundPeels:
    found = await ask_masters(operator.bus, operator.verifier, target, paths=paths)
    assert found is not None
    return found


async def test_it_means_the_nodes_of_the_table(
    run_master: RunMaster, operator: Operator, realm: Realm
) -> None:
    async with run_master() as (bus, _, _):
        for node in fleet().values():
            await announce(bus, node)
            await label(bus, realm, node.id, node.labels)
        for case in cases():
            found = await ask_masters(
                operator.bus, operator.verifier, case.target, kind=case.kind, groups=groups()
            )
            assert found is not None
            assert set(found.sure) <= case.means <= {*found.sure, *found.maybe}, case


async def test_what_changes_is_in_the_next_answer(
    run_master: RunMaster, operator: Operator, realm: Realm
) -> None:
    async with run_master() as (bus, room, metrics):
        await announce(bus, NodeView("web-1", {"os": "Debian", "cpus": 2}))
        await announce(bus, NodeView("web-2", {"os": "Debian", "cpus": 4}))
        found = await ask(operator, "G@os:Debian", "cpus", "os.family", "nothing")
        assert found.sure == {
            "web-1": {"cpus": 2, "os.family": "debian"},
            "web-2": {"cpus": 4, "os.family": "debian"},
        }
        await announce(bus, NodeView("web-2", {"os": "Rocky"}))
        first = await label(bus, realm, "web-1", {"role": "db"})
        assert set((await ask(operator, "G@os:Debian")).sure) == {"web-1"}
        assert set((await ask(operator, "label:role=db")).sure) == {"web-1"}
        await label(bus, realm, "web-1", {"role": "web"}, over=first)
        assert not (await ask(operator, "label:role=db")).sure
        await Records(bus, FACTS).delete("web-1")
        assert set((await ask(operator, "*")).sure) == {"web-2"}
        await Records(bus, FACTS).put("web-2", b"no facts")
        assert set((await ask(operator, "*")).sure) == {"web-2"}
        assert not (await ask(operator, "G@os:*")).sure
        assert (await ask(operator, "I@port:80")).maybe == {"web-2"}
        assert metrics.index_questions.values[()] == 8
        assert len(room.fleet.index) == 1


async def test_labels_that_no_master_gave_do_not_count(
    run_master: RunMaster, operator: Operator, realm: Realm
) -> None:
    async with run_master() as (bus, _, _):
        await announce(bus, NodeView("web-1", {"labels": {"role": "db"}}))
        await label(bus, realm, "web-1", {"role": "db"}, tier=Tier.PUBLISHER)
        assert not (await ask(operator, "label:role=db")).sure


async def test_a_long_answer_comes_in_pages_and_whole(
    run_master: RunMaster, operator: Operator
) -> None:
    async with run_master() as (bus, _, _):
        long = "x" * 50_000
        for number in range(12):
            await announce(bus, NodeView(f"web-{number:02}", {"long": f"{number}{long}"}))
        found = await ask(operator, "web-*", "long")
        assert {node: said["long"] for node, said in found.sure.items()} == {
            f"web-{number:02}": f"{number}{long}" for number in range(12)
        }


async def test_a_server_that_lost_its_data_is_read_anew(
    run_master: RunMaster, operator: Operator, trusted_server: EmbeddedServer
) -> None:
    async with run_master() as (bus, _, _):
        await announce(bus, NodeView("web-1", {"os": "Debian"}))
        assert set((await ask(operator, "G@os:*")).sure) == {"web-1"}
        await bus.request("$JS.API.STREAM.DELETE.KV_facts")
        await provision(bus)
        await announce(bus, NodeView("web-2", {"os": "Debian"}))
        assert set((await ask(operator, "G@os:*")).sure) == {"web-2"}


async def test_without_a_master_the_buckets_are_read_at_once(
    operator: Operator, trusted_server: EmbeddedServer
) -> None:
    begun = time.monotonic()
    assert await ask_masters(operator.bus, operator.verifier, "*") is None
    assert time.monotonic() - begun < 1
    async with bus_as(trusted_server, Tier.MASTER) as bus:
        await announce(bus, NodeView("web-1", {"os": "Debian"}))
    wanted = Wanted("G@os:Debian", "compound", parse_target("G@os:Debian"), {})
    assert (await ask_roster(operator.bus, wanted, operator.verifier)).sure == {"web-1"}


async def test_a_master_that_says_nothing_is_not_waited_for(
    operator: Operator, trusted_server: EmbeddedServer
) -> None:
    async with bus_as(trusted_server, Tier.MASTER) as bus:
        await bus.subscribe(FIND, lambda _: None)
        with anyio.fail_after(10):
            assert await ask_masters(operator.bus, operator.verifier, "*") is None


async def test_whom_it_expects_is_the_same_as_without_it(
    run_master: RunMaster, operator: Operator
) -> None:
    async with run_master() as (bus, _, _):
        for number in range(4):
            facts = {"os": "Debian" if number % 2 else "Rocky"}
            await announce(bus, NodeView(f"web-{number}", facts), live=number < 3)
        for target in ("*", "G@os:Debian", "web-* and not G@os:Rocky", "I@a:b or web-1"):
            wanted = Wanted(target, "compound", parse_target(target), {})
            asked = await ask_roster(operator.bus, wanted, operator.verifier)
            read = await read_roster(operator.bus, wanted.parsed, verifier=operator.verifier)
            assert asked == read, target


@pytest.mark.parametrize("forgery", ["operator", "replayed", "page", "garbage"])
async def test_an_answer_that_is_no_masters_own_to_this_question_does_not_count(
    operator: Operator, trusted_server: EmbeddedServer, realm: Realm, forgery: str
) -> None:
    async with bus_as(trusted_server, Tier.MASTER) as bus, anyio.create_task_group() as tasks:

        def lie(message: Message) -> None:
            question = FleetQuestion.decode(message.data)
            if forgery == "replayed":
                question = question.model_copy(update={"id": "0" * 32})
            tier = Tier.OPERATOR if forgery == "operator" else Tier.MASTER
            page = FleetPage(number=int(forgery == "page"), last=True, sure={"web-9": {}})
            data = realm.signer(ENV, tier).sign(place_of_answer(question), page.encode())
            tasks.start_soon(bus.answer, message, b"{" if forgery == "garbage" else data)

        await bus.subscribe(FIND, lie)
        assert await ask_masters(operator.bus, operator.verifier, "*") is None


async def test_questions_that_are_none_are_survived(
    run_master: RunMaster, operator: Operator
) -> None:
    async with run_master() as (bus, _, _):
        await announce(bus, NodeView("web-1", {"os": "Debian"}))
        for data in (b"", b"{", b"[]", b'{"id": "x", "target": "*"}'):
            await operator.bus.publish(FIND, data)
        assert await ask_masters(operator.bus, operator.verifier, "web* and (") is None
        assert await ask_masters(operator.bus, operator.verifier, "*", kind="nonsense") is None
        loop = {"loop": "N@loop"}
        assert await ask_masters(operator.bus, operator.verifier, "N@loop", groups=loop) is None
        assert set((await ask(operator, "*")).sure) == {"web-1"}
