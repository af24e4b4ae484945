"""docs/cli.md is what the programs say, and what it says can be typed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import pytest

from zester.cli.console.verb import USUAL, exits_of
from zester.cli.reference.page import page
from zester.cli.reference.programs import Documented, commands, programs

DOCS = Path(__file__).parents[2] / "docs/cli.md"
EVERY = [each for name, found in programs().items() for each in commands(name, found)]

VALUES: Mapping[str, str] = {
    "--states": ".",
    "--settings": ".",
    "--lifetime": "1d",
}
"""What options take that check what they are given while it is read."""


def test_the_page_is_what_the_programs_say() -> None:
    assert DOCS.read_text(encoding="utf-8") == page(), (
        "docs/cli.md is old: `make docs` (python -m zester.cli.reference) writes it anew"
    )


@pytest.mark.parametrize("each", EVERY, ids=lambda each: str(each.words))
def test_everything_says_what_it_is(each: Documented) -> None:
    assert each.command.help, f"{each.words} has no docstring"
    mute = [option.opts for option in _options(each) if not option.help]
    assert not mute, f"{each.words}: options without help: {mute}"


@pytest.mark.parametrize("each", EVERY, ids=lambda each: str(each.words))
def test_every_option_can_be_given_alone(each: Documented, tmp_path: Path) -> None:
    for option in _options(each):
        if "--help" in option.opts or option.is_eager:
            continue
        for name in (*option.opts, *option.secondary_opts):
            for value in _values(option, tmp_path):
                words = [*_needed(each, option, tmp_path), name, *value]
                context = each.command.make_context(each.words, words)
                if option.expose_value:
                    assert option.name in context.params, words


@pytest.mark.parametrize("each", EVERY, ids=lambda each: str(each.words))
def test_help_tells_the_exit_codes_of_its_own(each: Documented) -> None:
    told = each.command.get_help(each.context)
    for code, meaning in exits_of(each.command).items():
        if USUAL.get(code) != meaning:
            assert f"{code}  " in told, f"{each.words}: {code}"


def _options(each: Documented) -> list[click.Option]:
    found = each.command.get_params(each.context)
    return [param for param in found if isinstance(param, click.Option)]


def _needed(each: Documented, given: click.Option, folder: Path) -> Iterator[str]:
    """Yield arguments, and the other options, without which the command does not parse."""
    for param in each.command.params:
        if isinstance(param, click.Argument) and (param.required or param.nargs > 0):
            yield _value(param, folder)
        elif isinstance(param, click.Option) and param.required and param is not given:
            yield from (param.opts[0], _value(param, folder))


def _values(option: click.Option, folder: Path) -> list[list[str]]:
    if option.is_flag or option.count:
        return [[]]
    if isinstance(option.type, click.Choice):
        return [[str(choice)] for choice in option.type.choices]
    return [[_value(option, folder)]]


def _value(param: click.Parameter, folder: Path) -> str:
    kind = param.type
    if isinstance(kind, click.Choice):
        return str(kind.choices[0])
    if isinstance(kind, click.types.IntParamType | click.types.FloatParamType):
        return "1"
    if isinstance(kind, click.Path | click.File):
        return _path(kind, folder)
    return next((VALUES[name] for name in param.opts if name in VALUES), "x")


def _path(kind: click.Path | click.File, folder: Path) -> str:
    file = folder / "file"
    file.touch()
    return str(folder if isinstance(kind, click.Path) and not kind.file_okay else file)
