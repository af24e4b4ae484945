"""The forms in which results of a command are shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

FORMS: Mapping[str, str] = {
    "table": "for people: equal results together, trouble last",
    "json": "one list with an entry for each peel; who is silent has one too",
    "yaml": "the same as YAML",
    "raw": "the same as JSON in one line",
    "txt": "one line for each peel",
    "values": "the results alone, without whose they are",
    "ids": "the ids of the peels that did it, one a line",
    "quiet": "nothing but the exit code",
}

SALT_FORMS: Mapping[str, str] = {
    "nested": "table",
    "highstate": "table",
    "pprint": "table",
    "text": "txt",
    "newline_values_only": "values",
    "key": "ids",
    "no_out": "quiet",
    "no_return": "quiet",
}
"""Salt's names → ours."""


def results_option(command: Decorated) -> Decorated:
    """``-o`` with every form of results."""
    return click.option(
        "-o",
        "--out",
        "--output",
        "fmt",
        type=click.Choice([*FORMS, *SALT_FORMS]),
        default="table",
        show_default=True,
        metavar="|".join(FORMS),
        callback=_ours,
        help="How results are shown. Salt's nested, highstate, text … are understood.",
    )(command)


def _ours(ctx: click.Context, param: click.Parameter, value: str) -> str:
    return SALT_FORMS.get(value, value)
