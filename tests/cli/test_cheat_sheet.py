"""The commands of the documentation are commands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from zester.cli.main import group
from zester_peel.modules.calling.registry import find

DOCS = Path(__file__).parent.parent.parent / "docs" / "commands.md"
LINES = re.findall(r"\| `(zester [^`]+)` \|$", DOCS.read_text(), re.MULTILINE)
FUNCTION = re.compile(r"[a-z_]+\.[a-z_]+")


@pytest.mark.parametrize("line", LINES)
def test_a_line_of_the_cheat_sheet_can_be_typed(line: str) -> None:
    command: click.Command = group
    words = shlex.split(line)[1:]
    context = command.make_context("zester", words)
    while isinstance(command, click.Group):
        words = [*context._protected_args, *context.args]
        name, found, words = command.resolve_command(context, words)
        assert found is not None
        command, context = found, found.make_context(name, words, parent=context)
    function = context.params.get("function")
    if function is not None:
        assert FUNCTION.fullmatch(function)
        find(function)


def test_the_cheat_sheet_is_not_empty() -> None:
    assert len(LINES) >= 20
