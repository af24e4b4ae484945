"""Masters that admit, operators that decide, machines that ask: in this process."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import anyio

from support.peel import until
from support.trusted import ENV, login_as
from zester.bus.buckets import ENROLLMENTS, TOKENS
from zester.bus.keys import make_key
from zester.bus.link.connection import Bus, open_bus
from zester.bus.link.login import FixedLogin
from zester.bus.server.embedded import EmbeddedServer
from zester.bus.signed import Signed, SignedKv
from zester.resources.enrollment.enrollment import Enrollment
from zester.resources.enrollment.invitation import Invitation
from zester.resources.enrollment.join_token import JoinToken
from zester.resources.enrollment.request import Machine
from zester.telemetry.metrics import Metrics
from zester.trust.disk.master_folder import ADMITS, MasterKeys
from zester.trust.envelope import Signer
from zester.trust.nkeys import KeyKind, KeyPair
from zester.trust.realm import Realm
from zester.trust.tiers import Tier
from zester_controller.enrollment.room import EnrollmentRoom, Office
from zester_controller.enrollment.rules import Rules
from zester_peel.agent.identity.asking import Heard, ask, keep
from zester_peel.agent.identity.documents import Being, Pin
from zester_peel.agent.identity.identity import Identity
from zester_peel.agent.identity.login import GuestLogin

MACHINE = Machine(host="web-01", os="Debian 12", version="1")
GUEST_SUBJECT = "zester.enroll.guest"


def realm_of(server: EmbeddedServer) -> Realm:
    """The realm that a trusted server is of."""
    assert server.realm is not None
    return server.realm


def master_keys(realm: Realm) -> MasterKeys:
    """What a master of the realm holds."""
    keys = realm.keys(ENV)
    return MasterKeys(
        realm.system_credentials("master"),
        realm.signing,
        {tier: keys.signing[tier] for tier in ADMITS},
        keys.masters,
    )


@dataclass
class Admitting:
    """A master's room that works."""

    room: EnrollmentRoom
    bus: Bus
    metrics: Metrics = field(default_factory=Metrics)

    def refused(self, reason: str) -> float:
        return self.metrics.enrollment_refused.value(reason=reason)


@asynccontextmanager
async def admitting(
    server: EmbeddedServer, rules: Rules | None = None, *, holder: str = "m1", lead: bool = True
) -> AsyncIterator[Admitting]:
    """Run a master's room; on entry it holds the lease, if it is to lead."""
    realm = realm_of(server)
    login = login_as(realm, Tier.MASTER, holder)
    office = Office([server.url], realm.operator_public, login.who, master_keys(realm))
    metrics = Metrics()
    async with (
        open_bus([server.url], name=holder, login=login) as bus,
        anyio.create_task_group() as tasks,
    ):
        room = EnrollmentRoom(
            bus, office, rules or Rules(ENV), holder=holder, metrics=metrics, lease_ttl=3
        )
        await tasks.start(room.run)
        if lead:
            await until("the master leads", lambda: room.lease.held)
        yield Admitting(room, bus, metrics)
        tasks.cancel_scope.cancel()


def machine(
    folder: Path, server: EmbeddedServer, node: str = "web-01", *, pinned: bool = True
) -> Identity:
    """A machine that has a key and (if so) believes the realm's operator."""
    realm = realm_of(server)
    identity = Identity.begin(folder / node, Being(id=node, env=ENV, url=(server.url,)))
    if pinned and identity.pin is None:
        authorities = realm.authority_certificates
        identity.keep_pin(
            Pin(
                operator=realm.operator_public,
                how="key",
                at=int(time.time()),
                authorities=authorities,
            )
        )
    return identity


@asynccontextmanager
async def guest(server: EmbeddedServer, identity: Identity) -> AsyncIterator[Bus]:
    """A connection without credentials."""
    async with open_bus([server.url], name="guest", login=GuestLogin(identity)) as bus:
        yield bus


async def ask_once(
    server: EmbeddedServer,
    identity: Identity,
    *,
    invitation: Invitation | None = None,
    first_use: bool = False,
    timeout: float = 5.0,
) -> Heard:
    """Ask as a guest and keep what is answered."""
    async with guest(server, identity) as bus:
        heard = await ask(
            bus,
            identity,
            GUEST_SUBJECT,
            machine=MACHINE,
            invitation=invitation,
            first_use=first_use,
            timeout=timeout,
        )
    keep(identity, heard)
    return heard


class Operator:
    """Somebody with the rights of the tier, and a pen."""

    def __init__(self, bus: Bus, realm: Realm, login: FixedLogin) -> None:
        self.bus = bus
        self.realm = realm
        self.signer = Signer(login.who.key, login.who.token, ENV)
        verifier = realm.verifier(ENV)
        self.enrollments = SignedKv(bus, ENROLLMENTS, Enrollment, verifier)
        self.tokens = SignedKv(bus, TOKENS, JoinToken, verifier)

    async def find(self, node: str = "web-01") -> Signed[Enrollment] | None:
        return await self.enrollments.get(make_key(node))

    async def state(self, node: str = "web-01") -> str:
        found = await self.find(node)
        return found.value.state if found is not None else "none"

    async def change(self, node: str = "web-01", **more: object) -> None:
        found = await self.find(node)
        assert found is not None
        record = found.value.model_copy(update={"decided": int(time.time()), **more})
        await self.enrollments.write(make_key(node), record, self.signer, over=found.revision)

    async def accept(self, node: str = "web-01", **labels: str) -> None:
        await self.change(node, state="accepted", by="operator", labels=labels)

    async def revoke(self, node: str = "web-01") -> None:
        found = await self.find(node)
        assert found is not None
        revoked = {**found.value.revoked, found.value.key: int(time.time())}
        await self.change(node, state="revoked", by="operator", revoked=revoked)

    async def invite(self, server: EmbeddedServer, **more: object) -> Invitation:
        """Make a join token and return its word."""
        key = KeyPair.generate(KeyKind.USER)
        name = key.public[1:13].lower()
        record = JoinToken.model_validate(
            {"id": name, "env": ENV, "key": key.public, "created": int(time.time()), **more}
        )
        await self.tokens.write(make_key(name), record, self.signer, over=0)
        return Invitation(
            url=(server.url,),
            env=ENV,
            operator=self.realm.operator_public,
            ca=self.realm.authority_certificates,
            id=name,
            seed=key.seed,
        )


@asynccontextmanager
async def operating(server: EmbeddedServer) -> AsyncIterator[Operator]:
    """Somebody of the tier operator."""
    realm = realm_of(server)
    login = login_as(realm, Tier.OPERATOR, "alice")
    async with open_bus([server.url], name="alice", login=login) as bus:
        yield Operator(bus, realm, login)
