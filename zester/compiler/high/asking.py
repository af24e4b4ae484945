"""What state files ask for, and those ask who assigned them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from zester.compiler.assigned.top import Assignment
from zester.compiler.environments import Environments
from zester.compiler.high.reading import Reading

Place = tuple[str, str]
"""Environment and name of a state file."""

Wishes = Mapping[Place, Collection[str]]
"""What state files ask for."""


def wishes_of(
    readings: Sequence[Reading], assigned: Sequence[Assignment], environments: Environments
) -> Wishes:
    """Return what each file asks for; ``observe`` also where only observing assignments lead."""
    found: dict[Place, Collection[str]] = {
        (each.env, each.sls): each.wishes for each in readings if each.wishes
    }
    if any(entry.observe for entry in assigned):
        start = [(entry.env, entry.sls) for entry in assigned if not entry.observe]
        enforced = _reached(start, readings, environments)
        for each in readings:
            place = (each.env, each.sls)
            if place not in enforced:
                found[place] = (*found.get(place, ()), "observe")
    return found


def _reached(
    start: Sequence[Place], readings: Sequence[Reading], environments: Environments
) -> set[Place]:
    """Return these files and all that they include."""
    includes = {(each.env, each.sls): each.includes for each in readings}
    found: set[Place] = set()
    pending = list(start)
    while pending:
        place = pending.pop()
        if place not in found:
            found.add(place)
            pending += (
                (env, sls)
                for env, pattern in includes.get(place, ())
                for sls in environments.root(env).matching(pattern)
            )
    return found
