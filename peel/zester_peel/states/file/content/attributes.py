"""Attributes that the file system keeps: immutable, append-only and others (``chattr``)."""

from __future__ import annotations

import re

from zester.errors import HostError, StateError
from zester_peel.engine.fields import read_text
from zester_peel.host.protocol import Host, HostReader

_OURS = frozenset("aAcCdDijmPsStTux")  # those that can be set; others tell about the file
_LOCKING = frozenset("ia")


def read_attributes(value: object) -> str:
    """Read ``attrs``: the letters of chattr."""
    text = read_text(value).strip()
    wrong = sorted(set(text) - _OURS)
    if wrong:
        raise ValueError(f"{text!r} holds no attribute of chattr: {', '.join(wrong)}")
    return "".join(sorted(set(text)))


async def attributes_of(host: HostReader, path: str) -> str | None:
    """Return the attributes of a file; None where there is no ``lsattr``.

    Raises StateError when its file system keeps none.
    """
    try:
        said = await host.probe(("lsattr", "-d", "--", str(host.real(path))))
    except HostError:
        return None
    found = re.match(r"([-A-Za-z]+)\s", said.stdout)
    if said.returncode != 0 or found is None:
        why = (
            said.stderr.strip().rpartition(": ")[2].lower()
            or f"lsattr ended with {said.returncode}"
        )
        raise StateError(f"the file system of {path} keeps no attributes: {why}")
    return "".join(sorted(set(found[1]) & _OURS))


async def set_attributes(host: Host, path: str, old: str, new: str) -> None:
    """Go from one set to the other; raises StateError when that is refused."""
    for sign, letters in (("-", set(old) - set(new)), ("+", set(new) - set(old))):
        if letters:
            argv = ("chattr", sign + "".join(sorted(letters)), "--", str(host.real(path)))
            said = await host.run(argv, timeout=60)
            if said.returncode != 0:
                raise StateError(f"cannot set attributes of {path}: {said.stderr.strip()}")


async def unlock(host: Host, path: str, old: str) -> str:
    """Take away what keeps a file from being replaced; return what is left."""
    left = "".join(letter for letter in old if letter not in _LOCKING)
    await set_attributes(host, path, old, left)
    return left
