"""``cron.absent``: no such job in the crontab of a user."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from zester_peel.engine.state import Applied, Plan, State
from zester_peel.engine.watch import Watch
from zester_peel.host.protocol import Host, HostReader
from zester_peel.states.cron.job_spec import JobSpec
from zester_peel.states.cron.spool import Crontabs, spool_needs, spool_watches
from zester_peel.states.cron.table import Crontab, Entry


class CronAbsentSpec(JobSpec):
    """Parameters of ``cron.absent``; the schedule is accepted, and nothing is found by it."""

    minute: Any = None
    hour: Any = None
    daymonth: Any = None
    month: Any = None
    dayweek: Any = None
    comment: Any = None
    commented: Any = None


class CronAbsent(State[CronAbsentSpec, Crontab]):
    """No job with this identifier, and none without identifier that has this command."""

    function: ClassVar[str] = "cron.absent"
    spec = CronAbsentSpec

    def __init__(self, crontabs: Crontabs) -> None:
        self._crontabs = crontabs

    def requires(self, spec: CronAbsentSpec) -> Iterable[str]:
        return spool_needs(spec.user)

    def locks(self, spec: CronAbsentSpec) -> Iterable[str]:
        return (f"crontab:{spec.user}",)

    def watches(self, spec: CronAbsentSpec) -> Iterable[Watch]:
        return spool_watches(spec.user)

    async def observe(self, host: HostReader, spec: CronAbsentSpec) -> Crontab | None:
        """Return the crontab when the job is in it."""
        table, _ = await self._crontabs.read(host, spec.user)
        return table if _find(table, spec) is not None else None

    def plan(self, spec: CronAbsentSpec, observed: Crontab | None) -> Plan:
        if observed is None:
            return Plan(comment=f"Cron {spec.name} already absent")
        return Plan({spec.user: spec.name}, f"Cron {spec.name} is set to be removed")

    async def apply(self, host: Host, spec: CronAbsentSpec, plan: Plan) -> Applied:
        def change(table: Crontab) -> Crontab:
            while (entry := _find(table, spec)) is not None:
                table = table.without(entry)
            return table

        await self._crontabs.edit(host, spec.user, change)
        return Applied(comment=f"Cron {spec.name} removed from {spec.user}'s crontab")


def _find(table: Crontab, spec: CronAbsentSpec) -> Entry | None:
    """Return the first job that is meant."""
    if spec.command is None and spec.special is None:
        return table.job(spec.line, spec.mark)
    for entry in table.entries:
        right = spec.special is None or entry.job.special == spec.special
        same = spec.command is not None and entry.job.command == spec.command
        if right and (same or entry.meant(spec.line, spec.mark)):
            return entry
    return None
