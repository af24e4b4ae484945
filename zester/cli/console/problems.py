"""How an error is shown: what, where, the line, the way out."""

from __future__ import annotations

import os

import click

from zester.errors import SourceError, TreeRejected, ZesterError


def report(error: ZesterError) -> None:
    """Print an error to stderr; a rejected tree lists every problem it has."""
    if isinstance(error, TreeRejected):
        for problem in error.problems:
            _one(problem)
    _one(error)


def _one(error: ZesterError) -> None:
    click.echo(f"{_styled('error:', fg='red', bold=True)} {printable(str(error))}", err=True)
    if isinstance(error, SourceError) and error.excerpt:
        for line in error.excerpt.splitlines():
            click.echo(f"  {printable(line)}", err=True)
    if error.hint:
        click.echo(f"  {_styled('hint:', fg='cyan')} {printable(error.hint)}", err=True)


def report_refusal(error: OSError) -> None:
    """Print what the operating system refused to do."""
    place = f"{error.filename}: " if error.filename else ""
    text = f"{place}{error.strerror or error}"
    click.echo(f"{_styled('error:', fg='red', bold=True)} {printable(text)}", err=True)


def _styled(text: str, *, fg: str, bold: bool = False) -> str:
    return text if os.environ.get("NO_COLOR") else click.style(text, fg=fg, bold=bold)


def printable(text: str) -> str:
    """Escape what could drive the terminal of whoever reads an error or a table."""
    return "".join(
        char if char.isprintable() or char in "\n\t" else char.encode("unicode_escape").decode()
        for char in text
    )
