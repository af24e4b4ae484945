"""The table of values in the chart's README, from ``values.yaml``; ``make chart`` writes it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

from support.chart.release import CHART

README = CHART / "README.md"
BEGIN, END = "<!-- values: written by `make chart` from values.yaml -->", "<!-- end of values -->"

_LINE = re.compile(r"( *)(- )?([A-Za-z]\w*):( .*)?$")


class Value(NamedTuple):
    """One key that can be set; ``told`` is the comment above it."""

    path: str
    default: Any
    told: str


def read_values() -> Iterator[Value]:
    """Yield every value that has a comment of its own: what is below such a one belongs to it."""
    text = (CHART / "values.yaml").read_text(encoding="utf-8")
    defaults = yaml.safe_load(text)
    parents: list[tuple[int, str]] = []
    told: list[str] = []
    within = -1
    for line in text.splitlines():
        if line.lstrip().startswith("#"):
            told.append(line.lstrip().lstrip("#").strip())
            continue
        found = _LINE.match(line)
        if found is None or found[2]:
            told = [] if not line.strip() else told
            continue
        indent = len(found[1])
        parents = [each for each in parents if each[0] < indent]
        parents.append((indent, found[3]))
        if within >= 0 and indent > within and not told:
            continue
        within = -1
        path = [name for _, name in parents]
        default = _at(defaults, path)
        if told and (found[4] or not _group(defaults, path, text)):
            yield Value(".".join(path), default, " ".join(told))
            within = indent
        told = []


def table() -> str:
    """Return the table as Markdown."""
    rows = ["| value | default | meaning |", "|---|---|---|"]
    for each in read_values():
        default = json.dumps(each.default, separators=(", ", ": "))
        told = each.told.replace("|", "\\|")
        rows.append(f"| `{each.path}` | `{default}` | {told} |")
    return "\n".join(rows)


def written() -> str:
    """Return the README with the table of now."""
    text = README.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n{table()}\n{END}{rest.partition(END)[2]}"


def _at(values: Any, path: list[str]) -> Any:  # noqa: ANN401 - whatever YAML holds
    for name in path:
        values = values[name]
    return values


def _group(defaults: Any, path: list[str], text: str) -> bool:  # noqa: ANN401 - as above
    """Whether the keys below have comments of their own."""
    value = _at(defaults, path)
    if not isinstance(value, dict) or not value:
        return False
    indent = "  " * len(path)
    first = next(iter(value))
    return bool(re.search(rf"^{indent[2:]}{path[-1]}:\n{indent}#.*\n{indent}{first}:", text, re.M))
