"""Process groups: what belongs to a command, and how it is told to end."""

from __future__ import annotations

import os


def groups_of(leader: int) -> frozenset[int]:
    """Return the process groups of a process and of its descendants, also in other sessions."""
    children: dict[int, list[tuple[int, int]]] = {}
    for name in filter(str.isdigit, os.listdir("/proc")):  # noqa: PTH208 - names alone
        try:
            with open(f"/proc/{name}/stat") as file:  # noqa: PTH123 - hundreds of small files
                _, parent, own = file.read().rpartition(")")[2].split()[:3]
        except (OSError, ValueError):  # it has ended meanwhile
            continue
        children.setdefault(int(parent), []).append((int(name), int(own)))
    found, waiting = {leader}, [leader]
    while waiting:
        for pid, group in children.get(waiting.pop(), ()):
            found.add(group)
            waiting.append(pid)
    return frozenset(found - {os.getpgrp()})


def signal_group(group: int, number: int) -> bool:
    """Send a signal to a process group; False when it is gone."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    except PermissionError:  # it has become another user's: nothing of ours is left to end
        return number == 0
    return True
