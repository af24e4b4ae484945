"""The simulated peels of a dev set-up: their identities, made and enrolled all at once."""

from __future__ import annotations

import itertools
import shutil
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from zester.bus.buckets import ENROLLMENTS, NODES
from zester.bus.keys import escape_token, make_key
from zester.bus.link.connection import Bus
from zester.bus.parallel import each
from zester.bus.signed import SignedKv
from zester.cli.console.context import author
from zester.cli.dev.foundation import ENV, Foundation
from zester.errors import RevisionConflict, SettingsError
from zester.resources.enrollment.enrollment import Enrollment
from zester.resources.nodes.node_record import NodeRecord
from zester.resources.swarm import SwarmMember
from zester.trust.accounts import user_token
from zester.trust.disk.master_folder import MasterFolder
from zester.trust.envelope import Signer
from zester.trust.nkeys import KeyKind, KeyPair
from zester.trust.tiers import Tier
from zester.trust.verifier import Verifier

ROLES = ("web", "web", "web", "app", "db")
"""Taken in turn: web-0001, web-0002, web-0003, app-0001, db-0001, web-0004 …"""

LIFETIME = 30 * 86_400.0
"""Seconds that simulated peels are let in for: nobody waits for their renewal to be measured."""

AT_ONCE = 64


def names(count: int) -> Iterator[tuple[str, str]]:
    """Return the id and the role of so many peels."""
    seen: Counter[str] = Counter()
    for role in itertools.islice(itertools.cycle(ROLES), count):
        seen[role] += 1
        yield f"{role}-{seen[role]:04}", role


def make_members(foundation: Foundation, verifier: Verifier, count: int) -> list[SwarmMember]:
    """Return so many peels, each with a key of its own and tokens as a master issues them."""
    keys = MasterFolder.open(foundation.master).keys
    nodes = verifier.anchored.bundle.nodes
    expires = time.time() + LIFETIME
    found = []
    for number, (name, role) in enumerate(names(count), 1):
        key, token = KeyPair.generate(KeyKind.USER), escape_token(name)
        peel, entry = (
            user_token(keys.signing[tier], nodes, key.public, token, expires=expires)
            for tier in (Tier.PEEL, Tier.BOOTSTRAP)
        )
        found.append(
            SwarmMember(id=name, role=role, number=number, seed=key.seed, peel=peel, entry=entry)
        )
    return found


async def enroll_members(
    bus: Bus, members: Sequence[SwarmMember], signer: Signer, verifier: Verifier
) -> None:
    """Enter them into the books, as accepted by an operator; raises SettingsError."""
    nodes = SignedKv(bus, NODES, NodeRecord, verifier)
    enrollments = SignedKv(bus, ENROLLMENTS, Enrollment, verifier)
    now, by = int(time.time()), author()

    async def enter(member: SwarmMember) -> None:
        public, key = KeyPair.from_seed(member.seed).public, make_key(member.id)
        labels = {"role": member.role}
        record = NodeRecord(
            revision=1, id=member.id, env=ENV, key=public, labels=labels, updated=now
        )
        enrollment = Enrollment(
            id=member.id,
            env=ENV,
            key=public,
            state="accepted",
            by=by,
            note="zester dev swarm",
            labels=labels,
            requested=now,
            decided=now,
        )
        try:
            await nodes.write(key, record, signer, over=0)
            await enrollments.write(key, enrollment, signer, over=0)
        except RevisionConflict as error:
            raise SettingsError(f"there is a peel called {member.id} already") from error

    await each(members, enter, limit=AT_ONCE)


def keep_memory(folder: Path, memory: Path) -> None:
    """Remember where the memory of simulated peels is, for whoever ends them."""
    (folder / "swarm").mkdir(mode=0o700, exist_ok=True)
    (folder / "swarm" / "memory").write_text(str(memory))


def forget_memory(folder: Path) -> None:
    """Remove the memory of simulated peels, also of those that were killed."""
    place = folder / "swarm" / "memory"
    if place.exists():
        shutil.rmtree(place.read_text(), ignore_errors=True)
