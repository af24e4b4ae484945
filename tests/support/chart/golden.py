"""What comes of each case, in short: a change that nobody meant shows in a diff of it."""

from __future__ import annotations

from pathlib import Path

from support.chart.cases import CASES
from support.chart.release import HOOK, Release
from support.kubernetes.objects.json_value import Json

GOLDEN = Path(__file__).parents[2] / "chart/golden/objects.txt"


def listing() -> str:
    """Return every object of every case, with its hook if it is one."""
    lines = []
    for name, values in CASES.items():
        lines.append(f"# {name}")
        lines.extend(sorted(_line(each) for each in Release(values).objects()))
        lines.append("")
    return "\n".join(lines)


def _line(each: Json) -> str:
    metadata = each["metadata"]
    place = metadata.get("namespace", "-")
    hook = (metadata.get("annotations") or {}).get(HOOK, "")
    return f"{each['kind']} {place} {metadata['name']} {hook}".rstrip()
