"""The commands of the documentation are commands: options, functions, arguments."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from zester.cli.fleet.arguments import read_arguments
from zester.cli.reference.programs import programs
from zester_peel.modules.calling.binding import bind
from zester_peel.modules.calling.registry import find

DOCS = Path(__file__).parent.parent.parent / "docs" / "commands.md"
ROWS = re.findall(r"^\| `(salt[^`]*)` \| `(zester[^`]+)` \|$", DOCS.read_text(), re.MULTILINE)
LINES = [zester.replace("\\|", "|") for _, zester in ROWS]


@pytest.mark.parametrize("line", LINES)
def test_a_line_of_the_cheat_sheet_can_be_typed(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tree").mkdir()
    monkeypatch.chdir(tmp_path)
    program, *words = shlex.split(line)
    command = programs()[program]
    context = command.make_context(program, words)
    while isinstance(command, click.Group):
        words = [*context._protected_args, *context.args]
        name, found, words = command.resolve_command(context, words)
        assert found is not None
        command, context = found, found.make_context(name, words, parent=context)
    function = context.params.get("function")
    if function is not None:
        args, kwargs = read_arguments(context.params["arguments"])
        kwargs.pop("test", None)
        bind(function, find(function), args, kwargs)


def test_the_cheat_sheet_has_what_salts_users_type_most() -> None:
    text = DOCS.read_text()
    rows = [line for line in text.splitlines() if line.startswith("| `salt")]
    assert len(rows) == len(LINES) >= 40
    programs_of_salt = {salt.split()[0] for salt, _ in ROWS}
    assert programs_of_salt == {"salt", "salt-run", "salt-key", "salt-call"}
