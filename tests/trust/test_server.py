"""A server in operator mode: TLS or nothing, and every user what the table says."""

from __future__ import annotations

import ssl

import anyio
import pytest

from support.trusted import bus_as, login_as
from zester.bus.buckets import FACTS, HEADS
from zester.bus.hints import send_hint
from zester.bus.link.connection import open_bus
from zester.bus.link.login import FixedLogin, check_secure
from zester.bus.link.message import Message
from zester.bus.records import Records
from zester.bus.server.embedded import EmbeddedServer
from zester.errors import BusUnavailable, SettingsError
from zester.trust.realm import Realm
from zester.trust.tiers import Tier

pytestmark = pytest.mark.anyio


async def test_a_peel_reads_heads_and_writes_its_own_facts(trusted_server: EmbeddedServer) -> None:
    async with (
        bus_as(trusted_server, Tier.MASTER) as master,
        bus_as(trusted_server, Tier.PEEL, "web-01.example.com") as peel,
    ):
        await Records(master, HEADS).put("base.cli", b"head")
        assert (await Records(peel, HEADS).get_many(["base.*"]))["base.cli"].value == b"head"
        await Records(peel, FACTS).put("web-01=2Eexample=2Ecom", b"{}")
        found = await Records(master, FACTS).get("web-01=2Eexample=2Ecom")
        assert found is not None
        assert found.value == b"{}"


async def test_a_peel_cannot_write_the_facts_of_another(trusted_server: EmbeddedServer) -> None:
    async with bus_as(trusted_server, Tier.PEEL, "web") as peel:
        with pytest.raises(BusUnavailable, match="ermissions violation"):
            await Records(peel, FACTS, timeout=1).put("db", b"{}")


async def test_a_hint_reaches_peels(trusted_server: EmbeddedServer) -> None:
    heard = anyio.Event()

    def hear(_: Message) -> None:
        heard.set()

    async with (
        bus_as(trusted_server, Tier.PUBLISHER) as publisher,
        bus_as(trusted_server, Tier.PEEL, "web") as peel,
    ):
        await peel.subscribe("live.heads.*.*", hear)
        await send_hint(publisher, HEADS, "base.cli")
        with anyio.fail_after(30):
            await heard.wait()


async def test_a_guest_may_ask_to_enrol_and_the_master_learns_from_where(
    trusted_server: EmbeddedServer, realm: Realm
) -> None:
    class Guest:
        name = "guest"

        def credentials(self) -> None:
            return None

        def authorities(self) -> tuple[str, ...]:
            return realm.authority_certificates

    asked: list[Message] = []
    async with (
        bus_as(trusted_server, Tier.MASTER) as master,
        open_bus([trusted_server.url], name="new", login=Guest()) as guest,
        anyio.create_task_group() as tasks,
    ):

        def hear(message: Message) -> None:
            asked.append(message)
            tasks.start_soon(master.answer, message, b"welcome")

        await master.subscribe("zester.enroll.*", hear, group="enrollment")
        assert (await guest.request("zester.enroll.guest", b"may I?")).data == b"welcome"
        with pytest.raises(BusUnavailable, match="ermissions violation"):
            await guest.request("zester.renew.web", b"", timeout=1)
    assert '"host":"127.0.0.1"' in asked[0].headers["Nats-Request-Info"]


async def test_a_login_is_asked_anew_for_every_connection(
    trusted_server: EmbeddedServer, realm: Realm
) -> None:
    async with bus_as(trusted_server, Tier.PEEL, "web") as bus:
        again = anyio.Event()
        bus.on_connect(again.set)
        await bus.reconnect()
        with anyio.fail_after(30):
            await again.wait()
        await Records(bus, FACTS).put("web", b"{}")


async def test_another_realm_is_not_believed(trusted_server: EmbeddedServer) -> None:
    other = Realm.generate()
    stranger = login_as(other, Tier.MASTER)
    with pytest.raises(BusUnavailable, match="certificate"):
        async with open_bus([trusted_server.url], name="x", login=stranger, timeout=3):
            pass
    assert trusted_server.realm is not None
    believing = FixedLogin(stranger.who, trusted_server.realm.authority_certificates)
    with pytest.raises(BusUnavailable, match="uthorization"):
        async with open_bus([trusted_server.url], name="x", login=believing, timeout=3):
            pass


async def test_the_server_takes_nothing_in_clear_and_nothing_older_than_tls_1_3(
    trusted_server: EmbeddedServer,
) -> None:
    plain = trusted_server.url.replace("tls://", "nats://")
    with pytest.raises(BusUnavailable):
        async with open_bus([plain], name="x", timeout=1):
            pass
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname = False
    old.verify_mode = ssl.CERT_NONE
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(ssl.SSLError):
        await anyio.connect_tcp("127.0.0.1", trusted_server.port, ssl_context=old)


def test_addresses_in_clear_are_refused_with_the_way_out() -> None:
    assert check_secure(["tls://a:4222"]) == ("tls://a:4222",)
    with pytest.raises(SettingsError, match="in clear are refused"):
        check_secure(["tls://a:4222", "nats://b:4222"])
