"""The programs, and every command of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module

import click

from zester.cli.console.entry import CALL, LazyGroup
from zester.dataclass import dataclass

PROGRAMS: Mapping[str, str] = {
    "zester": "zester.cli.main:group",
    "zester-peel": "zester_peel.main.group:group",
    "zester-master": "zester_controller.main:group",
    "zester-migrate": "zester.cli.migrate.main:migrate",
}
"""Program → where its commands are; named, not imported: peel and master are other rooms."""


@dataclass(frozen=True, slots=True)
class Documented:
    """One command as it is typed: ``words`` are ``zester job list``."""

    words: str
    command: click.Command
    context: click.Context


def programs() -> dict[str, click.Command]:
    """Return the commands of all programs."""
    found: dict[str, click.Command] = {}
    for name, place in PROGRAMS.items():
        module, _, attribute = place.partition(":")
        found[name] = getattr(import_module(module), attribute)
    return found


def commands(name: str, command: click.Command) -> Iterator[Documented]:
    """Yield every command of a program that is no group, in the order of their names."""
    yield from _below(name, command, None)


def _below(name: str, command: click.Command, parent: click.Context | None) -> Iterator[Documented]:
    context = _context(command, name, parent)
    if not isinstance(command, click.Group):
        yield Documented(context.command_path, command, context)
        return
    hidden = command.get_command(context, CALL) if isinstance(command, LazyGroup) else None
    if hidden is not None and CALL not in command.list_commands(context):
        # Typed without a word of its own: the program's name is all that stands before.
        yield Documented(name, hidden, _context(hidden, name, None))
    for verb in sorted(command.list_commands(context)):
        found = command.get_command(context, verb)
        if found is not None:
            yield from _below(verb, found, context)


def _context(command: click.Command, name: str, parent: click.Context | None) -> click.Context:
    """The context that typing the command makes, down to the names of ``--help``."""
    return click.Context(command, info_name=name, parent=parent, **command.context_settings)
