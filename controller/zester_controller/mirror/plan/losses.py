"""How many files of an object may go at once without being asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from zester.resources.kubernetes.kinds.state_tree import StateTree
from zester.resources.manifest import FileEntry
from zester_controller.mirror.plan.candidate import Candidate
from zester_controller.mirror.plan.problem import Problem


def too_many(
    candidate: Candidate, previous: Mapping[str, FileEntry], paths: Collection[str]
) -> Problem | None:
    """Return why an object must not take back so many of its files, None when it may."""
    resource = candidate.resource
    limit = resource.spec.max_delete if isinstance(resource, StateTree) else None
    if limit is None:
        return None
    mine = [path for path, entry in previous.items() if entry.origin == candidate.origin]
    going = sum(path not in paths for path in mine)
    most = len(mine) * int(limit[:-1]) / 100 if isinstance(limit, str) else limit
    if going <= most or candidate.confirmed >= going:
        return None
    return Problem(
        "DeletionGuard",
        f"{going} of {len(mine)} files would be removed from peels at once, and maxDelete is "
        f"{limit}; to confirm, annotate this object with zester.dev/confirm-deletion={going}",
    )
