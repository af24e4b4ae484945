"""What is known after a look, object by object."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping

from zester.resources.kubernetes.kinds.top_assignment import TopAssignment
from zester.resources.manifest import FileEntry
from zester.trees.sealed.scopes import hashed_scope
from zester_controller.mirror.cluster.watch import Body
from zester_controller.mirror.look import Look, shared_paths
from zester_controller.mirror.plan.candidate import Candidate
from zester_controller.mirror.plan.draft import Draft
from zester_controller.mirror.plan.problem import Problem
from zester_controller.mirror.publish.publisher import Standing
from zester_controller.mirror.report.census import Fleet, Tally
from zester_controller.mirror.report.finding import Finding
from zester_controller.mirror.report.patience import overdue
from zester_controller.mirror.report.since import Since


class Known:
    """Finds what belongs to one object; ``stalled`` is why the whole source waits.

    ``held`` are the peels that have the key of a scope, hashed.
    """

    def __init__(
        self,
        look: Look,
        draft: Draft,
        standing: Standing,
        stalled: Problem | None,
        fleet: Fleet,
        held: Mapping[str, int],
        since: Since,
    ) -> None:
        self._held = held
        self._source = look.source
        self._draft = draft
        self._standing = standing
        self._stalled = stalled
        self._fleet = fleet
        self._shared = shared_paths(look, standing)
        self._files: dict[str, dict[str, FileEntry]] = defaultdict(dict)
        for path, entry in standing.files.items():
            self._files[entry.origin][path] = entry
        self._tallies: dict[tuple[str | None, int], Tally] = {}
        self._since = since
        since.begin()

    def of(self, candidate: Candidate, body: Body) -> Finding:
        """Return what is known of an object that is ``body`` by now."""
        origin = candidate.origin
        mine = self._files.get(origin, {})
        head = self._standing.head if mine else None
        since = None if head is None else self._since.of(candidate, body, mine, head)
        tally = None
        if since is not None and candidate.key.plural != "settings":
            top = candidate.resource
            target = top.spec.target if isinstance(top, TopAssignment) else None
            tally = self._tally(target, since.number)
        sealed = [entry.sealed for entry in mine.values() if entry.sealed is not None]
        held = [self._held.get(hashed_scope(each.scope), 0) for each in sealed]
        lost = self._draft.conflicts.get(candidate.uid, ())
        return Finding(
            candidate,
            body,
            problem=self._draft.problems.get(candidate.uid),
            conflicts=(*lost, *self._shared.lost.get(origin, ())),
            overruling=tuple(self._shared.won.get(origin, ())),
            stalled=self._stalled,
            revision=since.number if since else None,
            manifest=since.manifest if since else None,
            files=len(mine),
            key_generation=max((each.generation for each in sealed), default=None),
            recipients=max(held, default=None),
            tally=tally,
            late=overdue(candidate, body, since, time.time()) if since and tally else "",
        )

    def _tally(self, target: str | None, revision: int) -> Tally:
        key = (target, revision)
        if key not in self._tallies:
            self._tallies[key] = self._fleet.tally(self._source, revision, target)
        return self._tallies[key]
