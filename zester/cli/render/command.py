"""``zester render``: the low state of a folder, offline."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import click

from zester.cli.console.output import dump
from zester.cli.console.verb import Verb
from zester.cli.render.arguments import Root, by_environment, load_facts, own_facts, read_roots
from zester.compiler.options import SETTINGS_MERGES, TOP_MERGES, CompileOptions


@click.command(cls=Verb, exits={1: "error; with --each: some SLS failed"})
@click.option(
    "--states",
    required=True,
    multiple=True,
    callback=read_roots,
    metavar="[ENV=]DIR",
    help="States root: a tree's states folder, or a formula as it is. Several: ENV=DIR each.",
)
@click.option(
    "--settings",
    multiple=True,
    callback=read_roots,
    metavar="[ENV=]FILE|DIR",
    help="One settings file, or a settings root with its top file. Several roots: ENV=DIR each.",
)
@click.option(
    "--facts",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Facts as JSON or YAML. Default: the id and operating system of this machine.",
)
@click.option(
    "--nodegroups",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Node groups: name and target. Default: nodegroups.yaml of the states root.",
)
@click.option(
    "--saltenv",
    metavar="ENV",
    help="The only environment whose top file counts; SLS are taken from it. Default: all count.",
)
@click.option("--each", is_flag=True, help="Compile each SLS (or all there are) on its own.")
@click.option(
    "--top-merge",
    type=click.Choice(TOP_MERGES),
    default="merge",
    show_default=True,
    help="How the top files of several environments are put together.",
)
@click.option("--default-top", metavar="ENV", default="base", help="For --top-merge same.")
@click.option(
    "--settings-merge",
    type=click.Choice(SETTINGS_MERGES),
    default="smart",
    show_default=True,
    help="How settings of several files are laid over each other.",
)
@click.option("--merge-lists", is_flag=True, help="Settings: append lists, never replace them.")
@click.option(
    "--undefined",
    type=click.Choice(["strict", "lenient"]),
    default="strict",
    show_default=True,
    help="What an undefined variable is: an error, or empty text.",
)
@click.option(
    "-o",
    "--output",
    "fmt",
    type=click.Choice(["json", "yaml"]),
    default="yaml",
    show_default=True,
    help="Output format.",
)
@click.argument("sls", nargs=-1)
def render(
    states: tuple[Root, ...],
    settings: tuple[Root, ...],
    facts: Path | None,
    nodegroups: Path | None,
    saltenv: str | None,
    each: bool,
    top_merge: str,
    default_top: str,
    settings_merge: str,
    merge_lists: bool,
    undefined: str,
    fmt: str,
    sls: tuple[str, ...],
) -> None:
    """Print the low state of SLS, or of what the top file assigns, without server or master.

    SLS may hold wildcards. With --each nothing stops at a failure.
    """
    from zester.cli.render.job import RenderJob

    job = RenderJob(
        states=by_environment(states, saltenv, "--states"),
        settings=_settings(settings, saltenv),
        facts=load_facts(facts) if facts else own_facts(),
        nodegroups=nodegroups,
        env=saltenv,
        lenient=undefined == "lenient",
        options=CompileOptions(
            top_merge=top_merge,  # type: ignore[arg-type]  # click checked the choice
            default_top=default_top,
            settings_merge=settings_merge,  # type: ignore[arg-type]  # the same
            merge_lists=merge_lists,
        ),
    )
    if not each:
        dump([chunk.as_salt() for chunk in job.together(sls or None).chunks], fmt)
        return
    answers = job.each(sls)
    dump(answers, fmt)
    sys.exit(1 if any("error" in answer for answer in answers.values()) else 0)


def _settings(given: tuple[Root, ...], saltenv: str | None) -> Path | Mapping[str, Path] | None:
    """A lone file or folder serves whichever environment; several are told apart by theirs."""
    if not given:
        return None
    if len(given) == 1 and given[0][0] is None:
        return given[0][1]
    for _, path in given:
        if path.is_file():
            raise click.UsageError(f"{path}: a settings file stands alone; ENV= names folders")
    return by_environment(given, saltenv, "--settings")
