"""What a run leaves in the log and in the metrics."""

from __future__ import annotations

import logging

from zester.resources.nodes.status import Counts
from zester.telemetry.metrics import Metrics
from zester_peel.engine.outcome import RunResult

log = logging.getLogger(__name__)


def count_run(metrics: Metrics, result: RunResult, corrected: int, counts: Counts) -> None:
    """Count a run; ``counts`` is how the states are after it."""
    verdict = "failed" if result.failed else "changed" if result.made else "unchanged"
    metrics.agent_checks.inc(len(result.outcomes) + result.unmoved)
    metrics.agent_runs.inc(cause=result.cause.value, result=verdict)
    metrics.agent_run_duration.observe(result.duration, cause=result.cause.value)
    metrics.agent_drift_corrected.inc(corrected)
    metrics.agent_states.set(counts.ok, result="ok")
    metrics.agent_states.set(counts.failed, result="failed")
    metrics.agent_states.set(counts.skipped, result="skipped")
    metrics.agent_states.set(counts.drifted, result="drifted")


def log_run(result: RunResult, corrected: int) -> None:
    """Log a run, and each state that failed in it."""
    for outcome in result.outcomes:
        if outcome.result is False:
            log.warning(
                "state failed",
                extra={"ref": outcome.ref, "at": str(outcome.at), "error": outcome.comment},
            )
    log.info(
        "run finished",
        extra={
            "cause": result.cause.value,
            "changed": len(result.made),
            "left": len(result.left),
            "corrected": corrected,
            "failed": len(result.failed),
            "seconds": round(result.duration, 4),
        },
    )
