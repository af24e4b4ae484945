"""The options that the verbs of ``zester dev`` share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def folder_option(command: Decorated) -> Decorated:
    """``--dir``."""
    return click.option(
        "--dir",
        "folder",
        default=".zester",
        show_default=True,
        type=click.Path(path_type=Path, file_okay=False),
        help="The folder that holds everything.",
    )(command)
