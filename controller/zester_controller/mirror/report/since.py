"""Since which revision the files of an object are as they are.

Each revision of a source is about all of its objects; told as it stands, one edit would be as many
writes as there are objects.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from zester.resources.head import Head
from zester.resources.manifest import FileEntry
from zester_controller.mirror.cluster.watch import Body
from zester_controller.mirror.plan.candidate import Candidate
from zester_controller.mirror.plan.references import references_of
from zester_controller.mirror.report.finding import TIMEOUT


class Revision(NamedTuple):
    """Of a source, with its manifest; ``born`` in Unix seconds, 0 where that is not known."""

    number: int
    manifest: str
    born: float = 0.0


class Since:
    """Remembers it for the objects of one namespace."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[int, Revision]] = {}
        self._found: dict[str, tuple[int, Revision]] = {}

    def begin(self) -> None:
        """Forget the objects that were not asked for since the last time."""
        self._known, self._found = self._found, {}

    def of(
        self, candidate: Candidate, body: Body, files: Mapping[str, FileEntry], head: Head
    ) -> Revision:
        """Return it for an object whose published files these are."""
        print_ = hash(
            frozenset((path, entry.digest, entry.wishes) for path, entry in files.items())
        )
        before = self._known.get(candidate.origin)
        now = Revision(head.revision, head.manifest, head.created)
        if before is None:
            found = _told(candidate, body, now)
        else:
            found = before[1] if before[0] == print_ and before[1].number <= now.number else now
        self._found[candidate.origin] = (print_, found)
        return found


def _told(candidate: Candidate, body: Body, now: Revision) -> Revision:
    """Return what the object itself says, if its files can only be those it speaks of."""
    status = body.get("status") or {}
    number, manifest = status.get("publishedRevision"), status.get("publishedManifest")
    if candidate.resource is None or references_of(candidate.resource):
        return now
    if status.get("observedGeneration") != candidate.generation:
        return now
    if any(map(_elsewise, status.get("conditions") or ())):
        return now
    if not isinstance(number, int) or not isinstance(manifest, str):
        return now
    return Revision(number, manifest) if 0 < number < now.number else now


def _elsewise(condition: Mapping[str, Any]) -> bool:
    """Whether the published files may be others than those the object speaks of."""
    kind, reason = condition.get("type"), condition.get("reason")
    return kind == "Suspended" or (kind == "Stalled" and reason != TIMEOUT)
