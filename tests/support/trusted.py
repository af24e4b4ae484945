"""A realm of the test's own, and logins as any tier of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

from zester.bus.keys import escape_token
from zester.bus.link.connection import Bus, open_bus
from zester.bus.link.login import FixedLogin
from zester.bus.server.embedded import EmbeddedServer
from zester.trees.publish import Authority
from zester.trust.disk.client_folder import ClientFolder, Context
from zester.trust.realm import Realm
from zester.trust.tiers import Tier
from zester_peel.agent.identity.documents import Being, Passes, Pin
from zester_peel.agent.identity.identity import Identity

ENV = "base"


@cache
def shared_realm() -> Realm:
    """Return the realm of all tests that need only one: every private key of ``base``."""
    return Realm.generate()


@cache
def _shared_bundle() -> bytes:
    return shared_realm().bundle(ENV)


def bundle_of(realm: Realm, env: str = ENV) -> bytes:
    """Return the first trust bundle of a realm; of the shared one always the same bytes."""
    return _shared_bundle() if realm is shared_realm() else realm.bundle(env)


@cache
def publisher() -> Authority:
    """Return somebody who may move the heads of the shared realm."""
    realm = shared_realm()
    return Authority(realm.signer(ENV, Tier.PUBLISHER), realm.verifier(ENV))


def enrolled(
    state_dir: Path, node: str = "web-01", *, realm: Realm | None = None, env: str = ENV
) -> Identity:
    """Return the identity of a peel that was accepted, kept in its state folder."""
    realm = realm or shared_realm()
    being = Being(id=node, env=env, url=("tls://127.0.0.1:4222",))
    identity = Identity.begin(state_dir, being)
    identity.keep_pin(Pin(operator=realm.operator_public, how="key", at=1))
    name, user = escape_token(node), identity.key.public
    peel, entry = (realm.token(env, tier, user, name) for tier in (Tier.PEEL, Tier.BOOTSTRAP))
    identity.keep_passes(Passes(peel=peel, entry=entry))
    if identity.bundle is None:
        identity.keep_bundle(bundle_of(realm, env))
    return identity


def login_as(realm: Realm, tier: Tier, name: str = "test", *, env: str = ENV) -> FixedLogin:
    """Return a login as somebody of a tier; a peel's ``name`` is its node id."""
    credentials = realm.issue(env, tier, escape_token(name))
    return FixedLogin(credentials, realm.authority_certificates)


@asynccontextmanager
async def bus_as(
    server: EmbeddedServer, tier: Tier, name: str = "test", *, env: str = ENV
) -> AsyncIterator[Bus]:
    """Connect to a server of a realm as somebody of a tier."""
    assert server.realm is not None
    login = login_as(server.realm, tier, name, env=env)
    async with open_bus([server.url], name=name, login=login) as bus:
        yield bus


def client_folder(folder: Path, server: EmbeddedServer, *, env: str = ENV) -> Path:
    """Make a trust folder of the server's realm with credentials of every tier for people."""
    realm = server.realm
    assert realm is not None
    folder.mkdir(parents=True, exist_ok=True)
    context = Context(
        url=(server.url,),
        env=env,
        operator=realm.operator_public,
        authorities=realm.authority_certificates,
    )
    client = ClientFolder.create(folder, context)
    for tier in (Tier.PUBLISHER, Tier.OPERATOR, Tier.VIEWER):
        client.keep(tier, realm.issue(env, tier, tier.value))
    return folder
