"""A verb that declares how it can end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

Exits = Mapping[int, str]
"""Exit code → what it means."""

USUAL: Exits = {0: "ok", 1: "error", 130: "interrupted with Ctrl-C"}
"""How every command of Zester can end; a verb has codes of its own beside these."""

FLEET: Exits = {2: "a peel failed", 3: "a peel is silent", 4: "both"}
"""How a verb ends that waits for peels."""


class Verb(click.Command):
    """A command with exit codes of its own: ``@click.command(cls=Verb, exits=FLEET)``."""

    def __init__(self, *args: Any, exits: Exits, **more: Any) -> None:  # noqa: ANN401 - what click takes
        super().__init__(*args, **more)
        self.exits = exits

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_epilog(ctx, formatter)
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code), meaning) for code, meaning in exits_of(self).items()])


def told(exits: Exits) -> str:
    """Return exit codes as one line."""
    return ", ".join(f"{code} {meaning}" for code, meaning in sorted(exits.items()))


def exits_of(command: click.Command) -> Exits:
    """Return every exit code of a command, in order."""
    own = command.exits if isinstance(command, Verb) else {}
    return dict(sorted({**USUAL, **own}.items()))
