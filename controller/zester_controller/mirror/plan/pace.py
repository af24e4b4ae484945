"""How often somebody wants an object looked at."""

from __future__ import annotations

from zester.resources.kubernetes.parts.duration import seconds
from zester.resources.kubernetes.parts.mirrored import MirroredSpec
from zester_controller.mirror.plan.candidate import Candidate

SOONEST = 1.0
RETRY = 15.0
DEFAULT = 600.0


def interval_of(candidate: Candidate) -> float:
    """Return the seconds between two looks without a cause."""
    spec = getattr(candidate.resource, "spec", None)
    return max(SOONEST, seconds(spec.interval)) if isinstance(spec, MirroredSpec) else DEFAULT


def retry_of(candidate: Candidate) -> float:
    """Return the seconds until another try of what did not work."""
    spec = getattr(candidate.resource, "spec", None)
    wished = spec.retry_interval if isinstance(spec, MirroredSpec) else None
    return max(SOONEST, seconds(wished)) if wished else min(RETRY, interval_of(candidate))
