"""Disks and what is mounted from them."""

from __future__ import annotations

import re
from typing import Any

from zester_peel.facts.source import Source

_PSEUDO_DISKS = ("loop", "ram", "zram", "sr", "fd")


def collect_disk(source: Source) -> dict[str, Any]:
    """Collect ``disks``, ``ssds`` and ``disk.mounts`` (by mount point; sizes in bytes).

    Only file systems on a device are measured: a dead network mount would hang us.
    """
    disks: list[str] = []
    ssds: list[str] = []
    for name in source.names("/sys/block"):
        if name.startswith(_PSEUDO_DISKS):
            continue
        rotates = source.line(f"/sys/block/{name}/queue/rotational")
        if rotates:
            (disks if rotates == "1" else ssds).append(name)
    return {"disks": disks, "ssds": ssds, "disk": {"mounts": _mounts(source)}}


def _mounts(source: Source) -> dict[str, dict[str, Any]]:
    mounts: dict[str, dict[str, Any]] = {}
    for line in source.text("/proc/self/mounts").splitlines():
        fields = [_unescape(field) for field in line.split(" ")]
        if len(fields) < 4 or not fields[0].startswith("/dev/"):
            continue
        device, mount, kind, options = fields[:4]
        mounts[mount] = {"device": device, "fstype": kind, "options": options.split(",")}
        try:
            size, used, free = source.usage(mount)
        except OSError:
            continue  # gone, or not ours to see: what the kernel lists stays true
        mounts[mount] |= {"total": size, "used": used, "free": free}
    return mounts


def _unescape(field: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), field)
