"""Ctrl-C while waiting: the person goes, the job stays."""

from __future__ import annotations

import signal

import anyio

DETACHED = 130


async def leave_on_signal(scope: anyio.CancelScope) -> None:
    """Stop waiting at Ctrl-C; what was sent goes on."""
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for _ in signals:
            scope.cancel()
            return
