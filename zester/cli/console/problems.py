"""How an error is shown: what, where, the line, the way out."""

from __future__ import annotations

import click

from zester.errors import SourceError, TreeRejected, ZesterError


def report(error: ZesterError) -> None:
    """Print an error to stderr; a rejected tree lists every problem it has."""
    if isinstance(error, TreeRejected):
        for problem in error.problems:
            _one(problem)
    _one(error)


def _one(error: ZesterError) -> None:
    click.echo(f"{click.style('error:', fg='red', bold=True)} {printable(str(error))}", err=True)
    if isinstance(error, SourceError) and error.excerpt:
        for line in error.excerpt.splitlines():
            click.echo(f"  {printable(line)}", err=True)
    if error.hint:
        click.echo(f"  {click.style('hint:', fg='cyan')} {printable(error.hint)}", err=True)


def printable(text: str) -> str:
    """Escape what could drive the terminal of whoever reads an error or a table."""
    return "".join(
        char if char.isprintable() or char in "\n\t" else char.encode("unicode_escape").decode()
        for char in text
    )
