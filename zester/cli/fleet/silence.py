"""Why peels say nothing: what they said last."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from zester.bus.fleet import read_stopped
from zester.cli.fleet.dispatch import Outcome
from zester.cli.fleet.operator import Operator
from zester.errors import BusUnavailable


async def explained(operator: Operator, outcome: Outcome) -> Outcome:
    """Return an outcome that tells which silent peels were told to stop."""
    if outcome.silent:
        with suppress(BusUnavailable):  # then that they are silent has to do
            return replace(outcome, stopped=await read_stopped(operator.bus, outcome.silent))
    return outcome
