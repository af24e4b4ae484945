"""Who may have what done here: the signed roles, as this peel knows them."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from contextlib import suppress
from fnmatch import fnmatchcase

from zester.bus.buckets import ROLES
from zester.bus.link.connection import Bus
from zester.bus.records import Records
from zester.errors import InvalidDocument, NotAllowed, TargetError, Untrusted
from zester.resources.jobs.role import Role
from zester.targeting.expression import Expression
from zester.targeting.parser import parse_target
from zester.trust.verifier import Verifier
from zester_peel.agent.store import Store
from zester_peel.modules.calling.registry import spellings

log = logging.getLogger(__name__)

KEPT = "roles"
"""Key in the store: the envelopes of all roles that were ever believed, as JSON."""


class RoleBook:
    """The roles of the environment; none that was seen is forgotten because the bus lost it."""

    def __init__(self, bus: Bus, store: Store) -> None:
        self._bus = bus
        self._store = store
        self._envelopes: dict[str, str] = json.loads(store.get(KEPT) or "{}")
        self._roles: dict[str, Role] | None = None

    async def refresh(self, verifier: Verifier) -> None:
        """Look what roles there are; raises BusUnavailable, BusRefused."""
        known = dict(self._read(verifier))
        changed = False
        async for record in Records(self._bus, ROLES).scan():
            try:
                role = _open(verifier, record.key, record.value)
            except (Untrusted, InvalidDocument) as error:
                log.warning("role not believed", extra={"role": record.key, "error": str(error)})
                continue
            old = known.get(record.key)
            if old is None or role.revision > old.revision:
                known[record.key] = role
                self._envelopes[record.key] = record.value.decode()
                changed = True
        self._roles = known
        if changed:
            self._store.set(KEPT, json.dumps(self._envelopes))

    def check(
        self, verifier: Verifier, who: str, function: str, meant: Callable[[Expression], bool]
    ) -> None:
        """Raise NotAllowed when no role lets somebody have this done here.

        ``meant`` tells whether this peel is one of those that a target means.
        """
        if self._roles is None:
            self._roles = self._read(verifier)
        roles = [role for role in self._roles.values() if not role.removed]
        if not roles:
            return
        mine = [role for role in roles if _any(who, role.identities)]
        names = spellings(function)  # facts.get is grains.get
        for role in mine:
            for rule in role.rules:
                allowed = any(_any(name, rule.functions) for name in names)
                if allowed and _meant(rule.target, meant):
                    return
        named = ", ".join(sorted(role.name for role in mine)) or "none"
        raise NotAllowed(
            f"{who} may not run {function} here; roles of {who}: {named}",
            hint="`zester role list` shows who may do what",
        )

    def targets(self) -> list[Expression]:
        """Return the targets that rules speak of, as far as they can be read."""
        found = []
        for role in (self._roles or {}).values():
            for rule in role.rules:
                with suppress(TargetError):
                    found.append(parse_target(rule.target))
        return found

    def _read(self, verifier: Verifier) -> dict[str, Role]:
        """Believe again what is on disk; a signer's time may be over meanwhile."""
        found: dict[str, Role] = {}
        for name, envelope in self._envelopes.items():
            try:
                found[name] = _open(verifier, name, envelope.encode())
            except (Untrusted, InvalidDocument) as error:
                log.warning("role not believed", extra={"role": name, "error": str(error)})
                # Whoever wrote it: that there are roles at all must not be forgotten.
                found[name] = Role(name=name, revision=1)
        return found


def _open(verifier: Verifier, name: str, data: bytes) -> Role:
    role = Role.decode(verifier.open(data, f"roles.{name}").payload)
    if role.name != name:
        raise InvalidDocument(f"the role {name} calls itself {role.name}")
    return role


def _any(text: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(text, pattern) for pattern in patterns)


def _meant(target: str, meant: Callable[[Expression], bool]) -> bool:
    try:
        return meant(parse_target(target))
    except TargetError as error:
        log.warning("target of a role", extra={"error": str(error)})
        return False
