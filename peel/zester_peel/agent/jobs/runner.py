"""Run jobs: each in its own scope, so that it can be ended with all its processes."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from dataclasses import field
from typing import NoReturn

import anyio
import anyio.abc
import anyio.to_thread

from zester.compiler.secrecy.discreet import sparing
from zester.dataclass import dataclass
from zester.errors import CommandTimeout, SourceError, UnderMaintenance, ZesterError
from zester.resources.jobs.job import Job, part_of
from zester.resources.jobs.job_return import JobReturn, ReturnStatus
from zester.telemetry.metrics import Metrics
from zester.telemetry.redaction.vault import Vault
from zester_peel.agent.jobs.delivery import Delivery
from zester_peel.agent.jobs.values import MOST, plain, split
from zester_peel.modules.calling.binding import bind
from zester_peel.modules.calling.call import Answer, Call, RunningJob, Surroundings
from zester_peel.modules.calling.registry import find

log = logging.getLogger(__name__)

ACCEPT_AFTER = 0.3
"""Seconds after which a peel says that it works on a job; what is done sooner speaks for itself."""

AT_ONCE = 32
"""Jobs that run at the same time; more wait."""

TELL = 10.0
"""Seconds that a job which is over may take to tell so when this process ends."""


@dataclass(slots=True)
class _Running:
    """A job that was started; ``ended_by`` names who ended it before its time."""

    about: RunningJob
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    ended_by: ReturnStatus | None = None


@dataclass(frozen=True, slots=True)
class _Result:
    """What a function came to."""

    status: ReturnStatus
    value: object = None
    retcode: int = 0
    error: str = ""
    hint: str = ""


class JobRunner:
    """The jobs that run on this peel."""

    def __init__(self, node: str, delivery: Delivery, metrics: Metrics, vault: Vault) -> None:
        self._node = node
        self._vault = vault
        self._delivery = delivery
        self._metrics = metrics
        self._running: dict[str, _Running] = {}
        self._room = anyio.Semaphore(AT_ONCE, fast_acquire=True)
        self._slow: deque[str] = deque()
        self._news = anyio.Event()

    def running(self) -> tuple[RunningJob, ...]:
        return tuple(running.about for running in self._running.values())

    def kill(self, jid: str) -> bool:
        found = [
            running
            for known, running in self._running.items()
            if known == jid or part_of(known) == jid
        ]
        for running in found:
            running.ended_by = "killed"
            running.scope.cancel()
        return bool(found)

    def is_running(self, jid: str) -> bool:
        return jid in self._running

    async def run(self, job: Job, who: str, around: Surroundings) -> None:
        """Run a job that was entered in the book, and tell what became of it."""
        about = RunningJob(job.jid, job.function, who, time.time())
        running = self._running[job.jid] = _Running(about)
        slow = asyncio.get_running_loop().call_later(ACCEPT_AFTER, self._is_slow, job.jid)
        try:
            result = await self._perform(job, running, around)
        finally:
            slow.cancel()
            del self._running[job.jid]
        await self._tell(job, who, about.started, result)

    async def refuse(self, job: Job, who: str, error: ZesterError) -> None:
        """Tell that a job is not run, and why."""
        result = _Result("refused", error=str(error), hint=error.hint or "")
        await self._tell(job, who, time.time(), result)

    async def accept_slow(self) -> NoReturn:
        """Say of each job that is not done soon that it is worked on, until cancelled."""
        while True:
            while self._slow:
                jid = self._slow.popleft()
                if jid in self._running:
                    await self._delivery.accept(jid)
            self._news = anyio.Event()
            await self._news.wait()

    def _is_slow(self, jid: str) -> None:
        self._slow.append(jid)
        self._news.set()

    async def _perform(self, job: Job, running: _Running, around: Surroundings) -> _Result:
        with running.scope:
            if self._room.value:
                self._room.acquire_nowait()
            else:
                await self._room.acquire()
            try:
                if job.timeout is None:
                    return await self._call(job, around)
                with anyio.move_on_after(job.timeout) as deadline:
                    return await self._call(job, around)
                if deadline.cancelled_caught:
                    return _Result("timeout", error=f"not done within {job.timeout:g} s")
            finally:
                self._room.release()
        return _Result(running.ended_by or "interrupted", error="ended before it was done")

    async def _call(self, job: Job, around: Surroundings) -> _Result:
        try:
            function = find(job.function)
            bound = bind(job.function, function, job.args, job.kwargs)
            value = await function(Call(around, job.jid, job.test), *bound.args, **bound.kwargs)
        except CommandTimeout as error:
            return _Result("timeout", error=str(error), hint=error.hint or "")
        except UnderMaintenance as error:
            return _Result("refused", error=str(error), hint=error.hint or "")
        except SourceError as error:
            lines = [str(error), *([error.excerpt] if error.excerpt else [])]
            return _Result("error", error="\n".join(lines), hint=error.hint or "")
        except ZesterError as error:
            return _Result("error", error=str(error), hint=error.hint or "")
        except Exception as error:
            log.exception("job failed", extra={"jid": job.jid, "function": job.function})
            return _Result("error", error=f"{type(error).__name__} in {job.function}")
        if not isinstance(value, Answer):
            return _Result("done", value)
        return _Result("done" if value.ok else "failed", value.value, value.retcode)

    async def _tell(self, job: Job, who: str, started: float, result: _Result) -> None:
        told: tuple[JobReturn, list[bytes]] | None = None
        try:
            told = await self._told(job, who, started, result)
            await self._delivery.tell(*told)
        except anyio.get_cancelled_exc_class():
            with anyio.move_on_after(TELL, shield=True):
                await self._delivery.tell(*(told or await self._told(job, who, started, result)))
            raise

    async def _told(
        self, job: Job, who: str, started: float, result: _Result
    ) -> tuple[JobReturn, list[bytes]]:
        """Return what is told of a job, and in parts what is too large for that."""
        shown = plain(result.value)
        if self._vault:  # in a thread: a command may have said much
            shown = await anyio.to_thread.run_sync(self._vault.value, shown)
        value, large, parts = split(shown)
        status, error, hint = result.status, result.error, result.hint
        if error or hint:
            said = _said(job)
            error, hint = sparing(error, said, self._vault), sparing(hint, said, self._vault)
        if large is not None and large.size > MOST:
            error = f"the result has {large.size} bytes, more than {MOST}; it was not kept"
            status, large, parts = "error", None, []
        self._metrics.agent_jobs.inc(status=status)
        log.info(
            "job done",
            extra={"jid": job.jid, "function": job.function, "who": who, "status": status},
        )
        returned = JobReturn(
            jid=job.jid,
            node=self._node,
            who=who,
            function=job.function,
            status=status,
            retcode=result.retcode,
            value=value,
            large=large,
            error=error,
            hint=hint,
            started=started,
            duration=max(0.0, time.time() - started),
        )
        return returned, parts


def _said(job: Job) -> frozenset[str]:
    """Return the words that a job says in clear: everybody heard them."""
    texts = [each for each in job.args if isinstance(each, str)]
    return frozenset((*texts, *(word.strip() for text in texts for word in text.split(","))))
