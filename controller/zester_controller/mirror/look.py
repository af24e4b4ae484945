"""Everything that one look at a namespace sees."""

from __future__ import annotations

from dataclasses import field

import anyio.to_thread

from zester.dataclass import dataclass
from zester.trees.overlay import Layer, overlay
from zester.trees.publish import Authority
from zester_controller.mirror.plan.candidate import Candidate
from zester_controller.mirror.plan.checked import Checked, checked_draft
from zester_controller.mirror.plan.draft import Ground
from zester_controller.mirror.plan.files import Surroundings
from zester_controller.mirror.plan.layout import Layout
from zester_controller.mirror.publish.endings import Endings
from zester_controller.mirror.publish.neighbours import Beside
from zester_controller.mirror.publish.publisher import PRIORITY, Standing


@dataclass(frozen=True, slots=True)
class Look:
    """``live`` objects and those that are ``going``; the source as it stands, and others."""

    authority: Authority
    source: str
    live: list[Candidate]
    going: list[Candidate]
    standing: Standing
    beside: Beside
    endings: Endings

    @property
    def all(self) -> list[Candidate]:
        return [*self.live, *self.going]


@dataclass(frozen=True, slots=True)
class SharedPaths:
    """By origin the paths that another source has as well: it wins them, or we do."""

    lost: dict[str, list[str]] = field(default_factory=dict)
    won: dict[str, list[str]] = field(default_factory=dict)


async def drafted(look: Look, ground: Ground, where: Surroundings) -> Checked:
    """Draft in a thread: a thousand files are checked for seconds."""
    return await anyio.to_thread.run_sync(checked_draft, look.all, ground, where, look.beside.files)


def layout_of(look: Look) -> Layout:
    """Put files where others have theirs; when there are no others, where our StateTrees do."""
    paths = set(look.beside.files)
    for candidate in look.live:
        spec = candidate.body.get("spec") or {}
        if candidate.key.plural == "statetrees":
            paths.update(spec.get("files") or ())
    return Layout.of(paths)


def shared_paths(look: Look, standing: Standing) -> SharedPaths:
    """Return the paths of ours that another source has as well."""
    ours = Layer(look.source, PRIORITY, standing.files)
    found = SharedPaths()
    for conflict in overlay([*look.beside.layers, ours]).conflicts:
        entry = standing.files.get(conflict.path)
        if look.source in (conflict.winner, conflict.loser) and entry is not None:
            into = found.won if conflict.winner == look.source else found.lost
            into.setdefault(entry.origin, []).append(str(conflict))
    return found
