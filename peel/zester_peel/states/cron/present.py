"""``cron.present``: this job in the crontab of a user."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from zester.dataclass import dataclass
from zester.errors import StateError
from zester_peel.engine.fields import Flag
from zester_peel.engine.state import Applied, Plan, State
from zester_peel.engine.watch import Watch
from zester_peel.host.protocol import Host, HostReader
from zester_peel.states.cron.job_spec import JobSpec
from zester_peel.states.cron.line import FIELDS, Comment, Field, Job, chosen, fits
from zester_peel.states.cron.spool import (
    Crontabs,
    spool_needs,
    spool_watches,
)
from zester_peel.states.cron.table import Crontab, Entry


class CronPresentSpec(JobSpec):
    """Parameters of ``cron.present``; a field is a schedule, ``random`` or ``low:high``."""

    minute: Field = "*"
    hour: Field = "*"
    daymonth: Field = "*"
    month: Field = "*"
    dayweek: Field = "*"
    comment: Comment = None
    commented: Flag = False


@dataclass(frozen=True, slots=True)
class FoundJob:
    """What ``cron.present`` found; ``entry`` is the job that is meant, None when there is none."""

    table: Crontab
    entry: Entry | None


class CronPresent(State[CronPresentSpec, FoundJob]):
    """This job in the crontab of a user, found again by its identifier."""

    function: ClassVar[str] = "cron.present"
    spec = CronPresentSpec

    def __init__(self, crontabs: Crontabs) -> None:
        self._crontabs = crontabs

    def requires(self, spec: CronPresentSpec) -> Iterable[str]:
        return spool_needs(spec.user)

    def locks(self, spec: CronPresentSpec) -> Iterable[str]:
        return (f"crontab:{spec.user}",)

    def watches(self, spec: CronPresentSpec) -> Iterable[Watch]:
        return spool_watches(spec.user)

    async def observe(self, host: HostReader, spec: CronPresentSpec) -> FoundJob:
        table, _ = await self._crontabs.read(host, spec.user)
        return FoundJob(table, table.job(spec.line, spec.mark))

    def plan(self, spec: CronPresentSpec, observed: FoundJob | None) -> Plan:
        if observed is None:
            raise StateError(f"the crontab of {spec.user} was not looked at")
        changes = {spec.user: spec.name}
        if observed.entry is None:
            return Plan(changes, f"Cron {spec.name} is set to be added")
        if _same(spec, observed.entry):
            return Plan(comment=f"Cron {spec.name} already present")
        return Plan(changes, f"Cron {spec.name} is set to be updated")

    async def apply(self, host: Host, spec: CronPresentSpec, plan: Plan) -> Applied:
        def change(table: Crontab) -> Crontab:
            old = table.job(spec.line, spec.mark)
            comment, mark = spec.comment, spec.mark
            if old is not None:
                comment = old.comment if comment is None else comment
                mark = mark or old.identifier
            return table.with_job(_job(spec, old), comment, mark, old)

        before = await self._crontabs.edit(host, spec.user, change)
        if before.job(spec.line, spec.mark) is None:
            return Applied(comment=f"Cron {spec.name} added to {spec.user}'s crontab")
        return Applied(comment=f"Cron {spec.name} updated")


def _same(spec: CronPresentSpec, entry: Entry) -> bool:
    job = entry.job
    if (job.command, job.disabled) != (spec.line, spec.commented):
        return False
    if spec.comment is not None and entry.comment != spec.comment:
        return False
    if spec.mark is not None and entry.identifier != spec.mark:
        return False
    if spec.special is not None or job.special is not None:
        return job.special == spec.special
    return all(
        fits(getattr(spec, name), there) for name, there in zip(FIELDS, job.fields, strict=True)
    )


def _job(spec: CronPresentSpec, old: Entry | None) -> Job:
    """Return the wished job; fields that are content with what is there keep it."""
    if spec.special is not None:
        return Job(spec.line, special=spec.special, disabled=spec.commented)
    wishes = {name: getattr(spec, name) for name in FIELDS}
    if old is not None and old.job.fields:
        for name, there in zip(FIELDS, old.job.fields, strict=True):
            if fits(wishes[name], there):
                wishes[name] = there
    return Job(spec.line, chosen(wishes), disabled=spec.commented)
