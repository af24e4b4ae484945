"""The states of crontabs, sharing what they read."""

from __future__ import annotations

from typing import Any

from zester_peel.engine.state import State
from zester_peel.states.cron.absent import CronAbsent
from zester_peel.states.cron.environment import EnvAbsent, EnvPresent
from zester_peel.states.cron.file import CronFile
from zester_peel.states.cron.present import CronPresent
from zester_peel.states.cron.spool import Crontabs


def cron_states() -> tuple[State[Any, Any], ...]:
    """Return the states of the family."""
    crontabs = Crontabs()
    return (
        CronAbsent(crontabs),
        CronFile(crontabs),
        CronPresent(crontabs),
        EnvAbsent(crontabs),
        EnvPresent(crontabs),
    )
