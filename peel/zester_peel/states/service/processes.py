"""Processes, for services whose manager does not know them."""

from __future__ import annotations

from zester.errors import HostError
from zester_peel.host.protocol import HostReader

_LIMIT = 64 * 1024


async def is_running(host: HostReader, sig: str) -> bool:
    """Return whether the command line of some process contains this text."""
    for entry in await host.listdir("/proc"):
        if not entry.isdecimal():
            continue
        try:
            line = await host.read(f"/proc/{entry}/cmdline", limit=_LIMIT)
        except HostError:  # it has ended meanwhile
            continue
        if sig in line.rstrip(b"\0").replace(b"\0", b" ").decode("utf-8", "replace"):
            return True
    return False
