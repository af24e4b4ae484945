"""The memory."""

from __future__ import annotations

from typing import Any

from zester_peel.facts.source import Source


def collect_memory(source: Source) -> dict[str, Any]:
    """Collect ``memory.*`` in bytes, and Salt's ``mem_total`` and ``swap_total`` in MiB."""
    kibibytes: dict[str, int] = {}
    for line in source.text("/proc/meminfo").splitlines():
        name, _, rest = line.partition(":")
        words = rest.split()
        if words and words[0].isdecimal():
            kibibytes[name] = int(words[0])
    total, free = kibibytes["MemTotal"], kibibytes.get("MemFree", 0)
    available = kibibytes.get("MemAvailable", free)
    swap, swap_free = kibibytes.get("SwapTotal", 0), kibibytes.get("SwapFree", 0)
    return {
        "mem_total": total // 1024,
        "swap_total": swap // 1024,
        "memory": {
            "total": total * 1024,
            "available": available * 1024,
            "free": free * 1024,
            "used": (total - available) * 1024,
            "swap_total": swap * 1024,
            "swap_free": swap_free * 1024,
        },
    }
