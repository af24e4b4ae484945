"""Options that several verbs of ``zester trust`` share."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

_UNITS = {"m": 60, "h": 3600, "d": 86_400, "y": 365 * 86_400}
_SPAN = re.compile(r"([1-9][0-9]{0,5})([mhdy])")

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def lifetime_option(command: Decorated) -> Decorated:
    """``--lifetime``, in seconds."""
    return click.option(
        "--lifetime", callback=_seconds, metavar="SPAN", help="Like 12h or 90d. Default: 1y."
    )(command)


def _seconds(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    if value is None:
        return None
    found = _SPAN.fullmatch(value)
    if found is None:
        raise click.BadParameter(f"{value!r} is not a time span like 30m, 12h, 90d or 1y")
    return float(found[1]) * _UNITS[found[2]]


def realm_argument(command: Decorated) -> Decorated:
    """``DIR``."""
    return click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))(command)


def offline_option(command: Decorated) -> Decorated:
    """``--offline``."""
    return click.option(
        "--offline",
        is_flag=True,
        help="Change the folder only; `zester trust publish DIR` tells the servers later.",
    )(command)
