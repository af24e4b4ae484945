"""``saltutil.…``: the jobs of this peel, and what it knows."""

from __future__ import annotations

from typing import Any

from zester.resources.jobs.job import part_of
from zester_peel.modules.calling.call import Call, RunningJob


async def running(call: Call) -> list[dict[str, Any]]:
    """Answer which jobs run here now; the one that asks is left out."""
    return [_shown(job) for job in call.around.jobs.running() if job.jid != call.jid]


async def is_running(call: Call, fun: str) -> list[dict[str, Any]]:
    """Answer which jobs of a function run here now."""
    return [each for each in await running(call) if each["function"] == fun]


async def find_job(call: Call, jid: str) -> dict[str, Any]:
    """Answer a job that runs here now, nothing when it does not."""
    for job in call.around.jobs.running():
        if jid in (job.jid, part_of(job.jid)):
            return _shown(job)
    return {}


async def kill_job(call: Call, jid: str) -> bool:
    """End a job and every process it started; answer whether it ran here."""
    return call.around.jobs.kill(jid)


async def term_job(call: Call, jid: str) -> bool:
    """End a job and every process it started; answer whether it ran here."""
    return call.around.jobs.kill(jid)


async def refresh_grains(call: Call) -> bool:
    """Collect the facts anew, now, also those that programs tell."""
    await call.around.own_facts.collect()
    return True


async def refresh_pillar(call: Call) -> bool:
    """Answer ``True``: settings are followed as they change, nothing has to be refreshed."""
    return True


def _shown(job: RunningJob) -> dict[str, Any]:
    return {"jid": job.jid, "function": job.function, "who": job.who, "started": job.started}
