"""One simulated peel: the real agent, on a machine in memory."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from zester.dataclass import dataclass
from zester.resources.swarm import SwarmMember, SwarmShare
from zester.telemetry.checks import Checks
from zester.telemetry.metrics import Metrics
from zester.templating.cache.library import Library
from zester.trees.cache import BlobCache
from zester.trust.nkeys import KeyPair
from zester_peel.agent.agent import Agent
from zester_peel.agent.identity.documents import Being, Passes, Pin
from zester_peel.agent.identity.identity import FOLDER, Identity
from zester_peel.agent.identity.login import PeelLogin
from zester_peel.agent.machine.machine import Machine
from zester_peel.agent.machine.own_facts import FILE
from zester_peel.agent.memory import SharedMemory
from zester_peel.agent.store import Store
from zester_peel.facts.collect import Facts
from zester_peel.facts.custom.files import Found
from zester_peel.facts.custom.reading import read_facts
from zester_peel.host.memory.host import MemoryHost
from zester_peel.main.swarm.facts import simulated_facts
from zester_peel.main.swarm.workshop import SwarmWorkshop
from zester_peel.settings import PeelSettings
from zester_peel.states.registry import REGISTRY


@dataclass(frozen=True, slots=True)
class Common:
    """What the peels of a process have in common.

    ``facts`` are those that are not made to differ. Files of a tree and what templates are compiled
    to are named by their content, and the same for all; keys, connection, belief, database, and
    what comes of them are each peel's own.
    """

    facts: Mapping[str, Any]
    metrics: Metrics
    library: Library
    cache: BlobCache


def make_agent(share: SwarmShare, member: SwarmMember, common: Common) -> Agent:
    """Return the agent of a simulated peel."""
    settings = PeelSettings(
        id=member.id,
        url=share.url,
        env=share.env,
        state_dir=Path(share.memory) / member.id,
        lease_ttl=share.lease_ttl,
        bus_resync=share.bus_resync,
        host_resync=share.host_resync,
        facts_interval=share.host_resync,
        probe="",
    )
    host, facts = MemoryHost(), simulated_facts(member, common.facts)

    def collect(_node: str, _root: Path, _added: Iterable[Found]) -> Facts:
        return Facts({**read_facts(host.text(FILE)), **facts}, {})

    identity = _identity(share, member, settings.state_dir)
    return Agent(
        settings,
        host,
        REGISTRY,
        (),  # nobody but the agent changes such a machine
        metrics=common.metrics,
        checks=Checks("bus", "desired"),
        workshop=SwarmWorkshop(common.library),
        identity=identity,
        login=PeelLogin(identity),
        machine=Machine(member.id, settings.root, collect),
        store=Store(None),
        cache=common.cache,
        memory=SharedMemory(),
    )


def _identity(share: SwarmShare, member: SwarmMember, state: Path) -> Identity:
    """Return an identity as enrolment leaves it; what comes later is kept in its folder."""
    folder = state / FOLDER
    folder.mkdir(parents=True, mode=0o700)
    being = Being(id=member.id, env=share.env, url=share.url)
    identity = Identity(folder, KeyPair.from_seed(member.seed), being)
    identity.pin = Pin(
        operator=share.operator, how="token", at=int(time.time()), authorities=share.authorities
    )
    identity.passes = Passes(peel=member.peel, entry=member.entry)
    identity.bundle = share.bundle.encode()
    return identity
