"""``zester-migrate``: the entry point."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zester import __version__
from zester.cli.console.problems import report as report_error
from zester.cli.console.problems import report_refusal
from zester.cli.console.verb import Verb
from zester.errors import At, CompileError, ZesterError

if TYPE_CHECKING:
    from zester.cli.migrate.plan import Plan
    from zester.cli.migrate.verification import Verified
    from zester.targeting.value import Value

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(
    cls=Verb,
    exits={0: "clean", 1: "with warnings", 2: "with errors"},
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.argument(
    "paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), metavar="PATH…"
)
@click.option("--write", is_flag=True, help="Change the files; without it nothing is written.")
@click.option("--diff", is_flag=True, help="Show what changes as a unified diff.")
@click.option("--rename-vars", is_flag=True, help="grains → facts, pillar → settings.")
@click.option("--requisites", is_flag=True, help="Convert requisites in dict form to strings.")
@click.option("--reference-style", is_flag=True, help="Lists that grow become mlist().")
@click.option("--verify", is_flag=True, help="Compile before and after; differences are errors.")
@click.option(
    "--states",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder that --verify compiles. Default: each PATH.",
)
@click.option("--facts", type=_FILE, metavar="FILE", help="Facts for --verify, JSON or YAML.")
@click.option(
    "--settings",
    type=click.Path(exists=True, path_type=Path),
    metavar="FILE|DIR",
    help="Settings for --verify: one file, or a root with its top file.",
)
@click.option(
    "--master-config", type=_FILE, metavar="FILE", help="Say where a Salt master's settings go."
)
@click.option(
    "-o",
    "--output",
    "fmt",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="Output format.",
)
@click.version_option(__version__, prog_name="zester-migrate")
def migrate(
    paths: tuple[Path, ...],
    write: bool,
    diff: bool,
    rename_vars: bool,
    requisites: bool,
    reference_style: bool,
    verify: bool,
    states: Path | None,
    facts: Path | None,
    settings: Path | None,
    master_config: Path | None,
    fmt: str,
) -> int:
    """Put trees written for Salt into Zester's own words: .sls → .zy, five calls, octal modes.

    Nothing needs to be migrated to run. Without --write nothing is changed.
    """
    from zester.cli.migrate.disk.writing import write as write_plan
    from zester.cli.migrate.master_config import read_master_config
    from zester.cli.migrate.options import Options
    from zester.cli.migrate.plan import make_plan
    from zester.cli.migrate.report import Report, as_data, print_report

    plan = make_plan(paths, Options(rename_vars, reference_style, requisites))
    advice = read_master_config(master_config) if master_config else ()
    folders = [states] if states else [path for path in paths if path.is_dir()]
    verified = _verified(plan, folders, facts, settings) if verify else {}
    report = Report(plan, advice, verified, written=False)
    if write and not plan.blocked and not report.differs:
        write_plan(plan.files)
        report = Report(plan, advice, verified, written=True)
    if fmt == "json":
        from zester.cli.console.output import dump

        dump(as_data(report, diff=diff), "json")
    else:
        print_report(report, diff=diff)
    return report.exit_code


def _verified(
    plan: Plan, folders: Sequence[Path], facts: Path | None, settings: Path | None
) -> dict[Path, Verified]:
    from zester.cli.migrate.facts import DEFAULT_FACTS
    from zester.cli.migrate.verification import Verification

    if not folders:
        raise click.UsageError("--verify compiles folders: name one, or give --states")
    known = _facts(facts) if facts else DEFAULT_FACTS
    return {
        folder: Verification(folder, known, settings, plan.functions).check(plan)
        for folder in folders
    }


def _facts(path: Path) -> Mapping[str, Value]:
    from zester.templating.documents.document import load

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CompileError(f"cannot read the facts: {error}", at=At(str(path))) from error
    data = load(text, str(path)).data
    if not isinstance(data, Mapping):
        raise CompileError("facts are not a mapping", at=At(str(path)))
    return data


def main() -> None:
    """Run the command; every error ends with exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # whatever the terminal can show
    try:
        code = migrate.main(standalone_mode=False)
    except ZesterError as error:
        report_error(error)
        code = 2
    except click.ClickException as error:
        error.show()
        code = 2
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        code = 130
    except BrokenPipeError:
        code = 0
    except OSError as error:
        report_refusal(error)
        code = 2
    sys.exit(code)


if __name__ == "__main__":
    main()
