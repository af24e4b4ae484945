"""One line on the terminal that tells how far a job has come."""

from __future__ import annotations

import sys
import time

from zester.bus.jobs.following import Following
from zester.bus.jobs.patience import Awaited

EVERY = 0.1
FIRST = 0.5
"""Seconds before the line appears: what is done sooner needs none."""


class ProgressLine:
    """Writes to stderr, only when that is a terminal; ``clear`` before anything else is printed."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._shown = 0
        self._begun = time.monotonic()
        self._last = 0.0
        self._wanted = not quiet and sys.stderr.isatty()

    def __call__(self, following: Following, awaited: Awaited | None) -> None:
        now = time.monotonic()
        if not self._wanted or now - self._begun < FIRST or now - self._last < EVERY:
            return
        self._last = now
        self._write(line(following, awaited, now - self._begun))

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            self._write("")
            sys.stderr.write("\r")
            self._shown = 0

    def _write(self, text: str) -> None:
        sys.stderr.write(f"\r{text.ljust(self._shown)}")
        sys.stderr.flush()
        self._shown = len(text)


def line(following: Following, awaited: Awaited | None, seconds: float) -> str:
    """Return what the line says."""
    done, working = len(following.returns), len(following.working)
    whole = "?" if awaited is None else str(len(awaited.expected | set(following.returns)))
    failed = sum(not returned.ok for returned in following.returns.values())
    parts = [f"{done} of {whole} done", f"{working} working"]
    if failed:
        parts.append(f"{failed} failed")
    if awaited is not None:
        unheard = len(awaited.expected - following.heard)
        if unheard:
            parts.append(f"{unheard} not heard of")
    return f"{', '.join(parts)} · {seconds:.0f} s"
