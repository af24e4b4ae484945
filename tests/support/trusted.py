"""A realm of the test's own, and logins as any tier of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

from zester.bus.embedded import EmbeddedServer
from zester.bus.keys import escape_token
from zester.bus.link.connection import Bus, open_bus
from zester.bus.link.login import FixedLogin
from zester.trees.publish import Authority
from zester.trust.realm import Realm
from zester.trust.tiers import Tier

ENV = "base"


@cache
def shared_realm() -> Realm:
    """Return the realm of all tests that need only one: every private key of ``base``."""
    return Realm.generate()


@cache
def publisher() -> Authority:
    """Return somebody who may move the heads of the shared realm."""
    realm = shared_realm()
    return Authority(realm.signer(ENV, Tier.PUBLISHER), realm.verifier(ENV))


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
