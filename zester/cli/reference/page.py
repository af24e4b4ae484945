"""The page of the command line."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import click

from zester.cli.console.verb import USUAL, exits_of
from zester.cli.fleet.forms import FORMS, SALT_FORMS
from zester.cli.reference.programs import Documented, commands, programs

_MARKS = re.compile(r"[\[\].…]")

SHARED = ("--trust", "--url", "--help")
"""Options that many commands have and that are told once."""

_BEGINNING = """\
<!-- Written by `make docs` from the programs themselves: change those, not this file. -->
# The command line

What each program takes, what it prints, how it ends. `--help` says the same at the prompt.

* Data goes to stdout, everything else to stderr. `NO_COLOR` takes the colours away.
* A verb ends with {usual}, and with the codes of its own that are
  told below. What cannot be understood, such as an unknown option, is an error: 1.
* `-o table` is for people, `-o json` and `-o yaml` are for programs.

## Results of commands

`zester TARGET FUNCTION`, `zester job watch` and `zester job retry-failed` show results in one of
these forms:

| `-o` | |
|---|---|
"""

_SHARED = """
## Options that most verbs have

| option | meaning | default |
|---|---|---|
"""


def page() -> str:
    """Return the whole page."""
    all_programs = programs()
    parts = [_beginning()]
    every = [each for name, found in all_programs.items() for each in commands(name, found)]
    parts.append(_SHARED + "\n".join(_shared(every)) + "\n")
    parts.append(_contents(every))
    for name, found in all_programs.items():
        parts.append(f"\n## {name}\n\n{_told(found)}\n")
        parts.extend(_section(each) for each in commands(name, found))
    return "".join(parts)


def _beginning() -> str:
    usual = ", ".join(f"{code} ({meaning})" for code, meaning in USUAL.items())
    forms = [f"| `{name}` | {meaning} |" for name, meaning in FORMS.items()]
    salts = ", ".join(f"`{salt}` (`{ours}`)" for salt, ours in SALT_FORMS.items())
    return _BEGINNING.format(usual=usual) + "\n".join(forms) + f"\n\nSalt's names: {salts}.\n"


def _shared(every: list[Documented]) -> Iterator[str]:
    told: set[str] = set()
    for each in every:
        for option in _options(each):
            name = _is_shared(option)
            if name is not None and name not in told:
                told.add(name)
                yield _row(option, each.context)


def _contents(every: list[Documented]) -> str:
    lines = [f"* [`{each.words}`](#{_anchor(each.words)})" for each in every]
    return "\n## All of them\n\n" + "\n".join(lines) + "\n"


def _anchor(words: str) -> str:
    return words.replace(" ", "-")


def _section(each: Documented) -> str:
    usage = " ".join([each.words, *each.command.collect_usage_pieces(each.context)])
    options = _options(each)
    own = [option for option in options if _is_shared(option) is None]
    shared = [name for option in options if (name := _is_shared(option))]
    lines = [
        f'\n<a id="{_anchor(each.words)}"></a>\n### `{usage}`\n',
        f"{_told(each.command)}\n",
    ]
    arguments = [p for p in each.command.params if isinstance(p, click.Argument)]
    if arguments:
        lines.append("\n".join(_argument(argument) for argument in arguments) + "\n")
    if own:
        lines.append("| option | meaning | default |\n|---|---|---|")
        lines.append("\n".join(_row(option, each.context) for option in own) + "\n")
    if shared:
        lines.append(f"Also {', '.join(f'`{name}`' for name in shared)}.\n")
    codes = [f"{code} {text}" for code, text in exits_of(each.command).items()]
    lines.append(f"Exit codes: {' · '.join(codes)}\n")
    return "\n".join(lines)


def _told(command: click.Command) -> str:
    text = inspect.cleandoc(command.help or "").partition("\f")[0]
    return re.sub(r"(?<!`)\*(?!`)", r"\\*", text)


def _options(each: Documented) -> list[click.Option]:
    found = [param for param in each.command.get_params(each.context)]
    return [param for param in found if isinstance(param, click.Option) and not param.hidden]


def _is_shared(option: click.Option) -> str | None:
    return next((name for name in SHARED if name in option.opts), None)


def _argument(argument: click.Argument) -> str:
    """One line: how often it may stand there, and which values it takes."""
    name = _MARKS.sub("", argument.metavar or argument.human_readable_name)
    often = {-1: "one or more" if argument.required else "any number"}.get(
        argument.nargs, "one" if argument.required else "optional"
    )
    return f"* `{name}`: {often}{_choices(argument)}"


def _row(option: click.Option, context: click.Context) -> str:
    names = [f"`{name}`" for name in option.opts]
    names += [f"`{name}`" for name in option.secondary_opts]
    value = "" if option.is_flag or option.count else f" `{_value(option, context)}`"
    meaning = _cell(option.help or "") + (" Repeatable." if option.multiple else "")
    if option.envvar:
        meaning += f" Also `${option.envvar}`."
    return f"| {', '.join(names)}{_cell(value, ' ')} | {meaning} | {_default(option)} |"


def _value(option: click.Option, context: click.Context) -> str:
    if option.metavar is None:
        if isinstance(option.type, click.types.IntParamType):
            return "N"
        if isinstance(option.type, click.types.FloatParamType):
            return "NUMBER"
    return option.make_metavar(context)


def _default(option: click.Option) -> str:
    told = option.to_info_dict()["default"]
    if option.is_flag and option.secondary_opts:
        return f"`{option.opts[0] if told else option.secondary_opts[0]}`"
    if option.is_flag or told is None or told == "" or callable(told) or told == ():
        return ""
    if not isinstance(told, str | int | float):
        return ""
    return f"`{told}`"


def _choices(param: click.Parameter) -> str:
    if not isinstance(param.type, click.Choice):
        return ""
    return ": " + ", ".join(f"`{each}`" for each in param.type.choices)


def _cell(text: str, before: str = "") -> str:
    """Return text fit for a table; what is not empty has ``before`` before it."""
    shown = " ".join(text.split()).replace("|", "\\|")
    return f"{before}{shown}" if shown else ""
