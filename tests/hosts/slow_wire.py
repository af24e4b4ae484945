"""A slow and lossy link between two namespaces.

Packets go through this process by way of two TUN devices: the kernel's own netem is a module that
many machines, ours for tests among them, do not have.
"""

from __future__ import annotations

import fcntl
import heapq
import os
import random
import select
import struct
import threading
import time

from hosts.network import Link, Namespace

TUNSETIFF = 0x400454CA
IFF_TUN = 0x0001
IFF_NO_PI = 0x1000
LARGEST = 65536


class SlowWire:
    """Carries IP packets between ``one`` (Link.NEAR) and ``other`` (Link.FAR) until closed.

    ``delay`` in seconds and ``loss`` (0 to 1) hold for each direction.
    """

    def __init__(self, one: Namespace, other: Namespace, *, delay: float, loss: float) -> None:
        self.carried = 0
        self.lost = 0
        self._delay = delay
        self._loss = loss
        self._ends = (_tun(one, "near"), _tun(other, "far"))
        one.address("near", f"{Link.NEAR}/30")
        other.address("far", f"{Link.FAR}/30")
        self._stop, self._stopping = os.pipe()
        self._thread = threading.Thread(target=self._carry, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Take the wire away, and both devices with it."""
        os.close(self._stopping)
        self._thread.join()
        for descriptor in (*self._ends, self._stop):
            os.close(descriptor)

    def _carry(self) -> None:
        chance = random.Random(5)  # noqa: S311 - repeatable losses
        one, other = self._ends
        facing = {one: other, other: one}
        under_way: list[tuple[float, int, int, bytes]] = []
        while True:
            now = time.monotonic()
            while under_way and under_way[0][0] <= now:
                _, _, end, packet = heapq.heappop(under_way)
                os.write(end, packet)
            pause = under_way[0][0] - now if under_way else None
            readable, _, _ = select.select([self._stop, *self._ends], [], [], pause)
            if self._stop in readable:
                return
            for end in readable:
                packet = os.read(end, LARGEST)
                self.carried += 1
                if chance.random() < self._loss:
                    self.lost += 1
                    continue
                due = time.monotonic() + self._delay
                heapq.heappush(under_way, (due, self.carried, facing[end], packet))


def _tun(namespace: Namespace, name: str) -> int:
    with namespace.inside():
        descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC)
        wanted = struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI)
        fcntl.ioctl(descriptor, TUNSETIFF, wanted)
    return descriptor
