"""The worker: takes due keys from the queue, reconciles them, backs off from what fails."""

from __future__ import annotations

import logging
from collections.abc import Hashable
from typing import Generic, TypeVar

from zester.errors import TransientError, ZesterError
from zester.reconcile.backoff import Backoff
from zester.reconcile.queue import KeyedQueue
from zester.reconcile.reconciler import Reconciler

log = logging.getLogger(__name__)

KeyT = TypeVar("KeyT", bound=Hashable)


class Worker(Generic[KeyT]):
    """One key at a time, for ever; a failure of one key never ends the worker."""

    def __init__(
        self,
        name: str,
        reconciler: Reconciler[KeyT],
        queue: KeyedQueue[KeyT],
        backoff: Backoff[KeyT] | None = None,
    ) -> None:
        self.name = name
        self.queue = queue
        self.backoff: Backoff[KeyT] = backoff or Backoff()
        self._reconciler = reconciler

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            for key in await self.queue.take():
                await self._one(key)

    async def _one(self, key: KeyT) -> None:
        try:
            requeue = await self._reconciler.reconcile(key)
        except ZesterError as error:
            delay = self.backoff.failed(key)
            if isinstance(error, TransientError) and error.retry_after is not None:
                delay = max(delay, error.retry_after)
            log.warning(
                "reconcile failed",
                extra={
                    "worker": self.name,
                    "key": str(key),
                    "reason": error.reason,
                    "error": str(error),
                    "retry_seconds": round(delay, 1),
                },
            )
            self.queue.add_after(key, delay)
        except Exception:  # a bug in one key's reconciler must not stop the others
            delay = self.backoff.failed(key)
            log.exception("reconcile crashed", extra={"worker": self.name, "key": str(key)})
            self.queue.add_after(key, delay)
        else:
            self.backoff.succeeded(key)
            if requeue is not None:
                self.queue.add_after(key, requeue.after)
