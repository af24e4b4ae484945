"""Telling systemd how the agent is: ready, alive, stopping."""

from __future__ import annotations

import os
import socket

import anyio

_ABSTRACT = "@"
_PARTS = 3  # of the time after which systemd gives up, so that one late sign does no harm


class Notifier:
    """Speaks to the socket systemd names in the environment; without one it says nothing."""

    def __init__(self) -> None:
        place = os.environ.get("NOTIFY_SOCKET", "")
        self._place = f"\0{place[1:]}" if place.startswith(_ABSTRACT) else place
        mine = os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        usec = os.environ.get("WATCHDOG_USEC", "") if mine else ""
        self._limit = int(usec) / 1e6 if usec.isdecimal() else 0.0

    def tell(self, word: str) -> None:
        """Send one word, such as ``READY=1``; one that cannot be heard is lost."""
        if not self._place:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.setblocking(False)
                sender.sendto(word.encode(), self._place)
        except OSError:  # whoever listens is restarting, or not there at all
            return

    async def live(self) -> None:
        """Give signs of life for as long as the loop goes round, when systemd wants them."""
        if not self._place or not self._limit:
            return
        while True:
            self.tell("WATCHDOG=1")
            await anyio.sleep(self._limit / _PARTS)
