"""What a look found wrong or doubtful: a line each, how many there are, and the exit code."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from typing import Literal, Protocol

import click

from zester.cli.console.problems import printable

_COLORS = {"error": "red", "warning": "yellow", "info": "cyan"}


class Finding(Protocol):
    """One thing to say: how bad, about what ``place``, by what rule, and the way out."""

    @property
    def severity(self) -> Literal["error", "warning", "info"]: ...
    @property
    def place(self) -> str: ...
    @property
    def message(self) -> str: ...
    @property
    def rule(self) -> str: ...
    @property
    def hint(self) -> str | None: ...


def show_findings(findings: Sequence[Finding]) -> None:
    """Print the findings to stdout, their number to stderr."""
    for finding in findings:
        severity = _styled(finding.severity, _COLORS[finding.severity])
        message = _in_one_line(finding.message)
        click.echo(f"{printable(finding.place)}: {severity}: {message} [{finding.rule}]")
        if finding.hint:
            click.echo(f"    {_in_one_line(finding.hint)}")
    counts = Counter[str](finding.severity for finding in findings)
    told = ", ".join(f"{counts[name]} {name}" for name in _COLORS if counts[name])
    click.echo(told or "nothing to say", err=True)


def exit_code(findings: Sequence[Finding]) -> int:
    """Return 1 for errors and warnings, else 0."""
    return int(any(finding.severity != "info" for finding in findings))


def _in_one_line(text: str) -> str:
    return " ".join(printable(text).split("\n"))


def _styled(text: str, color: str) -> str:
    return text if os.environ.get("NO_COLOR") else click.style(text, fg=color)
