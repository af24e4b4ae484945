"""The addresses of this machine's network interfaces, from the C library."""

from __future__ import annotations

import ctypes
import socket

from zester.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Address:
    """An IP address of an interface, without the scope."""

    interface: str
    version: int
    text: str


class _Entry(ctypes.Structure):
    pass


_Entry._fields_ = [
    ("next", ctypes.POINTER(_Entry)),
    ("name", ctypes.c_char_p),
    ("flags", ctypes.c_uint),
    ("address", ctypes.c_void_p),
]

# Family → version, and where the address begins and ends in its socket address.
_FAMILIES = {socket.AF_INET: (4, 4, 8), socket.AF_INET6: (6, 8, 24)}


def addresses() -> list[Address]:
    """Ask for all of them, in the kernel's order; raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    first = ctypes.POINTER(_Entry)()
    if libc.getifaddrs(ctypes.byref(first)) != 0:
        raise OSError(ctypes.get_errno(), "cannot list the network interfaces")
    try:
        found: list[Address] = []
        entry = first
        while entry:
            address = _address(entry.contents)
            if address is not None:
                found.append(address)
            entry = entry.contents.next
        return found
    finally:
        libc.freeifaddrs(first)


def _address(entry: _Entry) -> Address | None:
    if not entry.address:
        return None
    family = ctypes.c_uint16.from_address(entry.address).value
    if family not in _FAMILIES:
        return None
    version, start, end = _FAMILIES[socket.AddressFamily(family)]
    packed = ctypes.string_at(entry.address + start, end - start)
    return Address(entry.name.decode("utf-8", "replace"), version, socket.inet_ntop(family, packed))
