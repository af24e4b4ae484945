"""``zester-peel apply``: converge this machine to a folder, without server or agent."""

from __future__ import annotations

import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anyio
import click

from zester.cli.console.output import dump
from zester.cli.console.problems import printable
from zester.compiler.compile import compile_node
from zester.compiler.roots import find_roots
from zester.compiler.settings.argument import settings_argument
from zester.compiler.template_renderer import TemplateRenderer
from zester.targeting.node import NodeView
from zester.templating.cache.code_store import user_store
from zester.templating.cache.library import Library
from zester.templating.recorded import RecordedFiles
from zester.trees.folder import FolderFiles
from zester_peel.agent.offers import offers
from zester_peel.agent.sources import FolderSources
from zester_peel.engine.converge import Engine
from zester_peel.engine.outcome import Cause, RunResult
from zester_peel.facts.custom.programs import collect_all_facts
from zester_peel.facts.identity import default_id
from zester_peel.host.linux import LinuxHost
from zester_peel.modules.salt_result import as_salt
from zester_peel.states.registry import REGISTRY

EXIT_FAILED = 2


@click.command()
@click.argument("tree", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("sls", nargs=-1)
@click.option("--test", "test", is_flag=True, help="Say what would change; change nothing.")
@click.option("--failhard", is_flag=True, help="End at the first failure.")
@click.option("--settings", type=click.Path(path_type=Path, exists=True), help="File or folder.")
@click.option("--env", default="base", show_default=True)
@click.option("--id", "node", help="Default: this machine's fully qualified name.")
@click.option("--root", type=click.Path(path_type=Path), default=Path("/"), help="Manage below it.")
@click.option("-o", "--output", "fmt", type=click.Choice(["text", "json", "yaml"]), default="text")
def apply(
    tree: Path,
    sls: tuple[str, ...],
    test: bool,
    failhard: bool,
    settings: Path | None,
    env: str,
    node: str | None,
    root: Path,
    fmt: str,
) -> None:
    """Apply SLS of TREE, or what its top file assigns; like `salt-call --local state.apply`.

    Exit codes: 0 ok, 1 nothing could be done, 2 a state failed.
    """
    # ended politely it ends what it has started, as at Ctrl-C
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    result = anyio.run(_apply, tree, sls, test, failhard, settings, env, node, root.absolute())
    if fmt == "text":
        _show(result)
    else:
        dump({"local": as_salt(result)}, fmt)
    sys.exit(EXIT_FAILED if result.failed else 0)


async def _apply(
    tree: Path,
    sls: tuple[str, ...],
    test: bool,
    failhard: bool,
    settings: Path | None,
    env: str,
    node: str | None,
    root: Path,
) -> RunResult:
    host = LinuxHost(root)
    facts = await collect_all_facts(node or default_id(), host)
    view = NodeView(id=str(facts.values["id"]), facts=facts.values)
    files = FolderFiles(tree)
    roots = find_roots(RecordedFiles(files))
    library = Library(store=user_store())
    providers = offers()
    given = None
    if settings is not None:
        given = settings_argument(settings, view, env=env, library=library, providers=providers)
    compiled = compile_node(
        files,
        view,
        env=env,
        sls=sls or None,
        settings=given,
        roots=roots,
        library=library,
        providers=providers,
    )
    renderer = TemplateRenderer(
        files,
        view,
        settings=compiled.settings,
        env=env,
        roots=roots,
        library=library,
        providers=providers,
    )
    sources = FolderSources(files, root=roots.states, renderer=renderer)
    if not test:
        root.mkdir(parents=True, exist_ok=True)
    engine = Engine(host, REGISTRY, sources, functions=providers.machine, failhard=failhard)
    return await engine.run(engine.program(compiled.chunks), cause=Cause.COMMAND, test=test)


def _show(result: RunResult) -> None:
    for outcome in result.outcomes:
        if outcome.result is True and not outcome.changes:
            continue
        mark = {True: "changed", False: "FAILED", None: "would change"}[outcome.result]
        click.echo(printable(f"{mark}: {outcome.ref} ({outcome.at})"))
        if outcome.comment:
            click.echo(printable(_indent(outcome.comment)))
        _show_changes(outcome.changes)
    failed, changed = len(result.failed), len(result.changed)
    total = len(result.outcomes)
    verb = "would change" if result.test else "changed"
    click.echo(
        f"{total} states: {total - failed} ok, {failed} failed, {changed} {verb} "
        f"in {result.duration:.2f} s"
    )
    if result.stopped:
        click.echo(printable(f"ended before its end: {result.stopped} failed (failhard)"))


def _show_changes(changes: Mapping[str, Any]) -> None:
    for key, value in changes.items():
        text = str(value)
        if "\n" in text:
            click.echo(printable(f"    {key}:\n{_indent(text, 6)}"))
        else:
            click.echo(printable(f"    {key}: {text}"))


def _indent(text: str, by: int = 4) -> str:
    return "\n".join(" " * by + line for line in text.rstrip("\n").splitlines())
