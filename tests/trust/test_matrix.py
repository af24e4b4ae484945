"""The whole matrix of tiers and subjects, each asked of a real server on its own connection."""

from __future__ import annotations

import json
from collections.abc import Iterable

import anyio
import pytest

from support.trusted import bus_as
from support.wire import wire
from zester.bus.link.connection import Bus
from zester.bus.link.message import Message
from zester.bus.server.embedded import EmbeddedServer
from zester.errors import BusUnavailable
from zester.trust.tiers import CONTROL, NAME, TABLE, Tier, Verb, allowed, patterns

pytestmark = pytest.mark.anyio

ME, OTHER = "me", "other"

NEVER = (
    *("$SYS.REQ.CLAIMS.UPDATE", "$SYS.REQ.SERVER.PING", "$SYS.ACCOUNT.x.CONNECT"),
    *("$JS.API.CONSUMER.CREATE.KV_heads", "$JS.API.CONSUMER.CREATE.KV_grants.x.$KV.grants.other"),
    *("$JS.API.STREAM.DELETE.KV_heads", "$JS.API.STREAM.PURGE.KV_grants", "$JS.API.STREAM.NAMES"),
    *("$JS.API.STREAM.MSG.GET.KV_grants", "$JS.API.STREAM.MSG.DELETE.KV_heads"),
    *("$JS.API.DIRECT.GET.KV_grants", "$JS.API.DIRECT.GET.KV_grants.$KV.grants.other"),
    *("$JS.API.DIRECT.GET.KV_enrollments", "$JS.API.DIRECT.GET.KV_keyring", "$KV.grants.me"),
    *("$KV.nodes.me", "$KV.heads.base.cli.x", "$KV.leases.role.grants", "live.heads.base.cli"),
    *("_INBOX_other.x", "_INBOX.x", "zester.enroll.other", "zester.event.other.run", "any.thing"),
)

GREEDY = (">", "*", "*.>", "$KV.>", "$KV.facts.*", "$KV.*.other", "live.>", "live.grants.*")


class Heard:
    """Waits until a message of every subject arrived."""

    def __init__(self, subjects: Iterable[str]) -> None:
        self._missing = set(subjects)
        self._done = anyio.Event()
        self._look()

    def hear(self, message: Message) -> None:
        self._missing.discard(message.subject)
        self._look()

    def _look(self) -> None:
        if not self._missing:
            self._done.set()

    async def all(self) -> None:
        with anyio.move_on_after(5):
            await self._done.wait()
        assert self._missing == set()


def subjects() -> list[str]:
    """Every subject that some tier may use, made concrete for us and for another, and more."""
    found = set(NEVER)
    for row in TABLE:
        if row.verb is not Verb.SIGN:
            for name in (ME, OTHER):
                concrete = row.pattern.replace(NAME, name)
                found.add(".".join({"*": "x", ">": "x.y"}.get(p, p) for p in concrete.split(".")))
    return sorted(found)


@pytest.mark.parametrize("tier", list(Tier))
async def test_the_server_refuses_exactly_what_the_table_does_not_list(
    trusted_server: EmbeddedServer, tier: Tier
) -> None:
    assert trusted_server.realm is not None
    who = trusted_server.realm.issue("base", tier, ME)
    asked = subjects()
    assert len(asked) > 80
    async with wire(trusted_server, who) as connection:
        wanted = {each for each in asked if not allowed(tier, Verb.PUBLISH, each, name=ME)}
        assert await connection.refused_publishes(asked) == wanted
        asked = [*asked, *GREEDY, *(f"_INBOX_{OTHER}.>", f"_INBOX_{ME}.>", "_INBOX.>")]
        wanted = {each for each in asked if not allowed(tier, Verb.SUBSCRIBE, each, name=ME)}
        assert await connection.refused_subscriptions(asked) == wanted


@pytest.mark.parametrize("tier", [Tier.PEEL, Tier.BOOTSTRAP, Tier.VIEWER])
async def test_what_a_tier_without_jetstream_may_publish_is_answered_or_heard(
    trusted_server: EmbeddedServer, tier: Tier
) -> None:
    mine = [
        pattern.replace(NAME, ME).replace("*", "x").replace(">", "x.y")
        for pattern in patterns(tier, Verb.PUBLISH)
    ]
    heard = Heard(subject for subject in mine if subject.startswith("zester."))
    async with (
        bus_as(trusted_server, Tier.MASTER) as master,
        bus_as(trusted_server, tier, ME) as user,
    ):
        await master.subscribe("zester.>", heard.hear)
        for subject in mine:
            if subject.startswith(("zester.enroll.", "zester.renew.")) or ".accepted." in subject:
                await user.publish(subject, b"{}")
                await user.flush()
            else:
                await _answered(user, subject)
        await heard.all()


async def _answered(user: Bus, subject: str) -> None:
    body = b"{}"
    if subject.rpartition(".")[2].startswith("KV_"):
        bucket = subject.rpartition("KV_")[2]
        body = json.dumps({"multi_last": [f"$KV.{bucket}.>"], "batch": 10}).encode()
    elif subject.startswith("$JS.API.DIRECT.GET."):
        body = b""
    try:
        async for answer in user.stream(subject, body, timeout=5):
            if answer.status is not None or answer.data:
                return
    except BusUnavailable:
        if ".basket." not in subject:  # a bucket that is not made yet: nobody stores this
            raise


@pytest.mark.parametrize("tier", [Tier.PEEL, Tier.VIEWER])
async def test_what_a_tier_without_jetstream_may_hear_reaches_it(
    trusted_server: EmbeddedServer, tier: Tier
) -> None:
    mine = [
        pattern.replace(NAME, ME).replace("*", "x")
        for pattern in patterns(tier, Verb.SUBSCRIBE)
        if not pattern.startswith("_INBOX_")
    ]
    heard = Heard(mine)
    async with (
        bus_as(trusted_server, Tier.MASTER) as master,
        bus_as(trusted_server, tier, ME) as user,
    ):
        for subject in mine:
            await user.subscribe(subject, heard.hear)
        for subject in mine:
            await master.publish(subject, b"hint")
        await heard.all()


@pytest.mark.parametrize("target", ["$KV.grants.other", "$KV.heads.base.cli", "$KV.facts.other"])
async def test_an_answer_of_the_server_cannot_be_stored_under_the_key_of_another(
    trusted_server: EmbeddedServer, target: str
) -> None:
    """The server checks what is published to, never the reply subject it then answers on."""
    assert trusted_server.realm is not None
    bucket = target.split(".")[1]
    async with bus_as(trusted_server, Tier.MASTER) as master:
        await master.request(target, b"genuine")
        await master.request("$KV.nodes.me", b"forged")
        who = trusted_server.realm.issue("base", Tier.PEEL, ME)
        async with wire(trusted_server, who) as peel:
            get = "$JS.API.DIRECT.GET.KV_nodes.$KV.nodes.me"
            lines = [f"PUB {get} {target} 0\r\n\r\n".encode()]
            lines.append(f"PUB $KV.facts.{ME} {target} 2\r\n{{}}\r\n".encode())
            for _ in range(3):
                await peel.refused(lines)
        await master.flush()
        answer = await master.request(f"$JS.API.DIRECT.GET.KV_{bucket}.{target}")
        assert answer.data == b"genuine"


def test_no_tier_outside_the_control_account_deletes_or_signs() -> None:
    for tier in set(Tier) - CONTROL:
        assert not allowed(tier, Verb.PUBLISH, "$JS.API.STREAM.DELETE.KV_heads", name=ME)
        assert not allowed(tier, Verb.SIGN, "heads.base.cli", name=ME)
