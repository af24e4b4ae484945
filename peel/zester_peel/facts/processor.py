"""The processors."""

from __future__ import annotations

from typing import Any

from zester_peel.facts.source import Source

_MODEL_FIELDS = ("model name", "Processor", "cpu model", "cpu", "uarch", "Hardware")


def collect_processor(source: Source) -> dict[str, Any]:
    """Collect ``cpu.*``, ``num_cpus`` and ``cpu_model``; ``cores`` and ``sockets`` are physical."""
    count = 0
    first: dict[str, str] = {}
    cores: set[tuple[str, str]] = set()
    package = ""
    for line in source.text("/proc/cpuinfo").splitlines():
        name, _, value = (part.strip() for part in line.partition(":"))
        if name == "processor":
            count += 1
        elif name == "physical id":
            package = value
        elif name == "core id":
            cores.add((package, value))
        first.setdefault(name, value)
    count = count or len(_online(source)) or 1
    model = next((first[name] for name in _MODEL_FIELDS if first.get(name)), "Unknown")
    return {
        "num_cpus": count,
        "cpu_model": model,
        "cpu": {
            "model": model,
            "vendor": first.get("vendor_id", ""),
            "count": count,
            "cores": len(cores) or count,
            "sockets": len({socket for socket, _ in cores}) or 1,
            "arch": source.line("/proc/sys/kernel/arch") or source.machine,
        },
    }


def _online(source: Source) -> list[str]:
    names = source.names("/sys/devices/system/cpu")
    return [name for name in names if name[:3] == "cpu" and name[3:].isdecimal()]
