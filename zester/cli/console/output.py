"""Data to stdout, as a table for people or as JSON or YAML for machines."""

from __future__ import annotations

import base64
import json
import math
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import click

from zester.cli.console.problems import printable

CENTURY = 3.2e9
_AS_IS = frozenset((str, int, bool, type(None)))

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def output_option(command: Decorated) -> Decorated:
    """``-o table|json|yaml``."""
    return click.option(
        "-o",
        "--out",
        "--output",
        "fmt",
        type=click.Choice(["table", "json", "yaml"]),
        default="table",
        show_default=True,
        help="Output format.",
    )(command)


def dump(value: Any, fmt: str) -> None:  # noqa: ANN401 - any JSON value
    """Print a value as JSON (``raw``: in one line) or YAML."""
    plain = _plain(value)
    if fmt in ("json", "raw"):
        indent = 2 if fmt == "json" else None
        click.echo(json.dumps(plain, indent=indent, ensure_ascii=False, allow_nan=False))
        return
    import yaml

    click.echo(yaml.safe_dump(plain, sort_keys=False, allow_unicode=True), nl=False)


def _plain(value: Any) -> Any:  # noqa: ANN401 - any value of a state file
    """Turn kinds of text and of mappings into plain ones, and what JSON lacks into text."""
    if type(value) in _AS_IS:
        return value
    if isinstance(value, Mapping):
        return {_key(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return str(value) if isinstance(value, str) else value


def _key(key: Any) -> Any:  # noqa: ANN401 - any key of a state file
    if type(key) is str:
        return key
    if isinstance(key, float | bytes | str):
        return str(_plain(key))
    return key


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print aligned columns; cells are cleaned of control characters, the last is never cut."""
    cells = [[_cell(cell) for cell in row] for row in rows]
    widths = [
        max(len(column), *(len(row[place]) for row in cells)) if cells else len(column)
        for place, column in enumerate(columns)
    ]
    for row in ([*columns], *cells):
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo(line.rstrip())


def _cell(text: str) -> str:
    return printable(text).replace("\n", " ⏎ ").replace("\t", " ")


def ago(moment: float | None) -> str:
    """Return a time as ``3s ago``, ``5m ago``, ``2h ago``, ``4d ago``."""
    if moment is None:
        return "never"
    seconds = max(0.0, time.time() - moment)
    if seconds > CENTURY:
        return "?"  # whoever wrote it has no clock
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{int(seconds // size)}{unit} ago"
    return f"{int(seconds)}s ago"


def stamp(moment: float) -> str:
    """Return a time as ``2026-01-31 12:00:00Z``."""
    try:
        return time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(moment))
    except (OverflowError, OSError, ValueError):
        return "?"  # whoever wrote it has no clock


def write_bytes(data: bytes) -> None:
    """Write raw bytes to stdout."""
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
