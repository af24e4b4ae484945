"""Turn a run into its report."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from zester.resources.nodes.report import ReportedChange, RunReport
from zester_peel.engine.outcome import Outcome, RunResult

STATES_LIMIT = 100
CHANGES_LIMIT = 4096
COMMENT_LIMIT = 1024


def build_report(
    run: str,
    result: RunResult,
    *,
    node: str,
    env: str,
    revisions: Mapping[str, int],
    spool: str,
    number: int,
) -> RunReport:
    """Return the report of a run: its failures and changes, failures first, bounded in size."""
    told = sorted(
        (outcome for outcome in result.outcomes if outcome.result is False or outcome.changes),
        key=lambda outcome: outcome.result is not False,
    )
    return RunReport(
        id=run,
        spool=spool,
        number=number,
        node=node,
        env=env,
        revisions=dict(revisions),
        cause=result.cause.value,
        started=result.started,
        duration=result.duration,
        states=tuple(_told(outcome) for outcome in told[:STATES_LIMIT]),
        omitted=max(0, len(told) - STATES_LIMIT),
    )


def _told(outcome: Outcome) -> ReportedChange:
    return ReportedChange(
        ref=outcome.ref,
        at=str(outcome.at),
        result=outcome.result,
        comment=outcome.comment[:COMMENT_LIMIT],
        change_class=outcome.change_class.value if outcome.change_class else None,
        changes=_bounded(outcome.changes),
    )


def _bounded(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Keep a report far below the server's largest message, whatever a diff holds."""
    if len(json.dumps(changes, default=str)) <= CHANGES_LIMIT:
        return json.loads(json.dumps(changes, default=str))  # type: ignore[no-any-return]
    return {
        key: text if len(text := str(value)) <= CHANGES_LIMIT // 4 else text[: CHANGES_LIMIT // 4]
        for key, value in list(changes.items())[:4]
    }
