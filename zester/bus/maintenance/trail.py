"""Who said what about changing which machines: read off the signed versions that are kept."""

from __future__ import annotations

from dataclasses import field

from zester.bus.buckets import MAINTENANCE
from zester.bus.link.connection import Bus
from zester.bus.records import Records
from zester.bus.signed import place_of
from zester.dataclass import dataclass
from zester.errors import InvalidDocument, Untrusted
from zester.resources.maintenance.maintenance import Maintenance
from zester.resources.maintenance.verdict import stamp
from zester.trust.tiers import Tier
from zester.trust.verifier import Verifier

TOGETHER = 60
"""Seconds between two writes of one command at most."""


@dataclass(slots=True)
class Step:
    """One operator said the same of some peels at one time, in Unix seconds."""

    who: str
    at: float
    what: str
    peels: list[str] = field(default_factory=list)


async def read_trail(bus: Bus, verifier: Verifier, *, since: float) -> list[Step]:
    """Return what was said since a time, oldest first; raises BusUnavailable.

    By the signatures: nobody can say something in another's name. What nobody vouches for is left
    out; of each peel the last versions are kept.
    """
    known: dict[str, Maintenance] = {}
    open_steps: dict[tuple[str, str], Step] = {}
    steps: list[Step] = []
    async for record in Records(bus, MAINTENANCE).versions(">"):
        try:
            found = verifier.reopen(record.value, place_of(MAINTENANCE, record.key))
            said = Maintenance.decode(found.payload)
        except (Untrusted, InvalidDocument):
            continue
        before = known.get(said.id)
        known[said.id] = said
        what = difference(before, said)
        if found.issued < since or not what:
            continue
        # A master signs for somebody else, whom the record names.
        who = _speaker(before, said) if found.tier is Tier.MASTER else ""
        who = who or found.name
        step = open_steps.get((who, what))
        if step is None or found.issued - step.at > TOGETHER:
            step = open_steps[(who, what)] = Step(who, float(found.issued), what)
            steps.append(step)
        step.peels.append(said.id)
    return sorted(steps, key=lambda step: step.at)


def _speaker(before: Maintenance | None, after: Maintenance) -> str:
    """Return in whose name a version says something new, empty when that is not told."""
    for new, old in (
        (after.suspension, before.suspension if before else None),
        (after.choice, before.choice if before else None),
    ):
        if new is not None and new != old:
            return new.by
    return ""


def difference(before: Maintenance | None, after: Maintenance) -> str:
    """Return in words what one version says and the one before did not, empty for nothing."""
    told: list[str] = []
    if after.suspension != (before.suspension if before else None):
        pause = after.suspension
        end = f" until {stamp(pause.until)}" if pause and pause.until else ""
        told.append(f"suspend {pause.reason}{end}" if pause else "resume")
    if after.choice != (before.choice if before else None):
        told.append(f"mode {after.choice.mode if after.choice else 'enforce'}")
    old = {window.name: window for window in (before.windows if before else ())}
    new = {window.name: window for window in after.windows}
    told += [f"window set {name}" for name in new if new[name] != old.get(name)]
    told += [f"window remove {name}" for name in old if name not in new]
    return ", ".join(told)
