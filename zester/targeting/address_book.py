"""The addresses of the nodes of a fleet, in order."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from ipaddress import IPv4Network, IPv6Network
from itertools import chain
from operator import itemgetter
from typing import TypeAlias

from zester.targeting.matcher import ADDRESS_FACTS, addresses
from zester.targeting.node import NodeView
from zester.targeting.paths import lookup
from zester.targeting.value import Value

Entry: TypeAlias = tuple[int, int, int]
"""The version of an address, the address as a number, the place of the node that has it."""


class AddressBook:
    """Addresses by place; put in order when somebody asks for the first time."""

    def __init__(self) -> None:
        self._of: dict[int, tuple[Value, ...]] = {}
        self._entries: dict[int, tuple[Entry, ...]] = {}
        self._ordered: list[Entry] | None = None

    def put(self, place: int, node: NodeView) -> None:
        """Note the addresses that a node reports as its own."""
        said = tuple(lookup(node.facts, path) for path in ADDRESS_FACTS)
        if self._of.get(place) == said:
            return
        self.drop(place)
        self._of[place] = said
        found = {(each.version, int(each), place) for each in addresses(node)}
        self._entries[place] = tuple(found)
        if self._ordered is not None:
            for entry in found:
                insort(self._ordered, entry)

    def drop(self, place: int) -> None:
        """Forget the addresses of a node."""
        self._of.pop(place, None)
        for entry in self._entries.pop(place, ()):
            if self._ordered is not None:
                del self._ordered[bisect_left(self._ordered, entry)]

    def within(self, network: IPv4Network | IPv6Network) -> list[int]:
        """Return the places of the nodes with an address in a network, some more than once."""
        if self._ordered is None:
            self._ordered = sorted(chain.from_iterable(self._entries.values()))
        low = (network.version, int(network.network_address), -1)
        high = (network.version, int(network.broadcast_address), 1 << 62)
        first, last = bisect_left(self._ordered, low), bisect_right(self._ordered, high)
        return list(map(itemgetter(2), self._ordered[first:last]))
