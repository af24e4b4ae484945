"""Who works on a job now: only the peels themselves know."""

from __future__ import annotations

from zester.bus.jobs.roster import live_peels
from zester.cli.fleet.dispatch import dispatch
from zester.cli.fleet.operator import Operator
from zester.cli.fleet.request import Options, make_request


async def working_on(operator: Operator, jid: str, among: frozenset[str]) -> frozenset[str]:
    """Ask those of some peels that are there whether they work on a job or a part of it."""
    asked = among & await live_peels(operator.bus)
    if not asked:
        return frozenset()
    request = make_request(
        ",".join(sorted(asked)), "list", "saltutil.find_job", (jid,), {}, Options(quiet=True)
    )
    outcome = await dispatch(operator, request, lambda *_: None)
    return frozenset(node for node, found in outcome.returns.items() if found.value)
