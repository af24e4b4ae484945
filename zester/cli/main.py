"""``zester``: one verb = one small file, loaded when it is used."""

from __future__ import annotations

import importlib
import sys

import click

from zester import __version__
from zester.cli.console.problems import report
from zester.errors import ZesterError

VERBS = {
    "cat": ("zester.cli.cat:cat", "Print a file of a tree."),
    "dev": ("zester.cli.dev.group:dev", "Run a whole Zester on this machine, without root."),
    "diff": ("zester.cli.diff:diff", "Show what differs between two revisions."),
    "get": ("zester.cli.get:get", "Download a tree into a folder."),
    "history": ("zester.cli.history:history", "List the revisions of a source."),
    "ls": ("zester.cli.ls:ls", "List the files of a tree."),
    "push": ("zester.cli.push:push", "Push a folder; peels converge to it."),
    "render": ("zester.cli.render:render", "Print the low state of a folder, offline."),
    "rollback": ("zester.cli.rollback:rollback", "Make an old revision current again."),
    "status": ("zester.cli.status:status", "Show how the peels are."),
}


class LazyGroup(click.Group):
    """Knows its verbs by name and imports one only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        module, _, name = VERBS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, VERBS[name][1]) for name in sorted(VERBS)])


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="zester")
def group() -> None:
    """Configuration management that keeps reconciling.

    Exit codes: 0 ok, 1 error, 2 a peel failed, 3 a peel is silent, 4 both.
    """


def main() -> None:
    """Run the command line and turn errors into one clear message and exit code 1."""
    try:
        group.main(standalone_mode=False)
    except ZesterError as error:
        report(error)
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)


if __name__ == "__main__":
    main()
