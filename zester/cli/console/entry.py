"""How every command of Zester starts: verbs loaded when used, errors shown one way."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Mapping
from io import TextIOWrapper

import click

from zester.cli.console.problems import report, report_refusal
from zester.errors import ZesterError
from zester.packages import without_packages
from zester.telemetry.logs import quiet
from zester.telemetry.redaction.vault import Vault

Verbs = Mapping[str, tuple[str, str]]
"""Name → (``module:command``, one line of help)."""


CALL = "call"
"""The hidden verb that commands to the fleet are."""

_FUNCTION = re.compile(r"[a-z_]\w*\.[a-z_]\w*")
_OWN = frozenset(("-h", "--help", "--version"))


def _is_call(args: list[str], verbs: Verbs) -> bool:
    """Whether this is a command to the fleet: ``[options] target module.function …``."""
    if not args or args[0] in verbs or args[0] in _OWN or args[0] == CALL:
        return False
    return args[0].startswith("-") or any(map(_FUNCTION.fullmatch, args[1:]))


class LazyGroup(click.Group):
    """A group that knows its verbs by name and imports one only to run it.

    ``otherwise`` is a hidden verb for words that are no verb but end in ``module.function``.
    """

    def __init__(
        self, name: str, verbs: Verbs, help: str, *, otherwise: tuple[str, str] | None = None
    ) -> None:
        super().__init__(name, help=help, context_settings={"help_option_names": ["-h", "--help"]})
        self._listed = verbs
        self._verbs = {**verbs, **({CALL: otherwise} if otherwise else {})}

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if CALL in self._verbs and _is_call(args, self._listed):
            args = [CALL, *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self._listed)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._verbs:
            return None
        module, _, name = self._verbs[cmd_name][0].partition(":")
        with without_packages():
            command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self._verbs:
            from difflib import get_close_matches

            near = get_close_matches(args[0], self._listed, n=1)
            told = f"; did you mean {near[0]!r}?" if near else ""
            if not near and CALL in self._verbs:
                told = "; commands to the fleet are TARGET MODULE.FUNCTION, as in '*' test.ping"
            ctx.fail(f"no such verb {args[0]!r}{told}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl([(name, self._listed[name][1]) for name in sorted(self._listed)])


def run(group: click.Group, vault: Vault | None = None) -> None:
    """Run a group and turn errors into one clear message and exit code 1.

    What ``vault`` holds is not shown; verbs get it as the object of their context.
    """
    quiet()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # whatever the terminal can show
    try:
        code = group.main(standalone_mode=False, obj=vault)
    except ZesterError as error:
        report(error if vault is None else vault.error(error))
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(1)  # not click's 2, which here means that a peel or a state failed
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)
    except OSError as error:
        report_refusal(error)
        sys.exit(1)
    # click gives back the exit code of --help and --version, and what a verb returned.
    sys.exit(code if isinstance(code, int) else 0)
