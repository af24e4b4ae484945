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
from zester.cli.console.verb import Verb
from zester.compiler.template_renderer import TemplateRenderer
from zester.telemetry.redaction.redactor import Redactor
from zester.telemetry.redaction.vault import Vault
from zester.trees.folder import FolderFiles
from zester_peel.agent.sources import FolderSources
from zester_peel.engine.converge import Engine
from zester_peel.engine.outcome import Cause, RunResult
from zester_peel.facts.custom.programs import collect_all_facts
from zester_peel.facts.identity import default_id
from zester_peel.host.linux import LinuxHost
from zester_peel.host.processes.beside import Beside
from zester_peel.main.local import Asked, compile_local
from zester_peel.modules.calling.salt_result import as_salt
from zester_peel.states.registry import REGISTRY

EXIT_FAILED = 2

MANY = 50
"""States from which on it is worth while to find out beside the run what may not be shown."""


@click.command(cls=Verb, exits={1: "nothing could be done", EXIT_FAILED: "a state failed"})
@click.argument("tree", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("sls", nargs=-1)
@click.option("--test", "test", is_flag=True, help="Say what would change; change nothing.")
@click.option("--failhard", is_flag=True, help="End at the first failure.")
@click.option("--settings", type=click.Path(path_type=Path, exists=True), help="File or folder.")
@click.option("--env", default="base", show_default=True, help="Environment (saltenv).")
@click.option("--id", "node", help="Default: this machine's fully qualified name.")
@click.option("--root", type=click.Path(path_type=Path), default=Path("/"), help="Manage below it.")
@click.option(
    "-o",
    "--output",
    "fmt",
    type=click.Choice(["text", "json", "yaml"]),
    default="text",
    show_default=True,
    help="Output format.",
)
@click.pass_obj
def apply(
    vault: Vault,
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

    What settings hold is not shown.
    """
    # ended politely it ends what it has started, as at Ctrl-C
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    asked = Asked(env, node or default_id(), settings, sls or None)
    options = (test, failhard, fmt == "text")
    result = anyio.run(_apply, FolderFiles(tree), root.absolute(), asked, vault, *options)
    if fmt == "text":
        _show(result.concealed(vault.value), vault)
    else:
        dump({"local": vault.value(as_salt(result))}, fmt)
    sys.exit(EXIT_FAILED if result.failed else 0)


async def _apply(
    files: FolderFiles,
    root: Path,
    asked: Asked,
    vault: Vault,
    test: bool,
    failhard: bool,
    brief: bool,
) -> RunResult:
    """Converge; what is not to be shown is in ``vault`` then, the result is as it came.

    ``brief``: only what changed or failed will be shown.
    """
    host = LinuxHost(root)
    facts = await collect_all_facts(asked.node, host)

    def sources_from(prefix: str, renderer: TemplateRenderer) -> FolderSources:
        return FolderSources(files, root=prefix, renderer=renderer)

    local = compile_local(files, asked, facts.values, vault, sources_from)
    if not test:
        root.mkdir(parents=True, exist_ok=True)
    engine = Engine(
        host,
        REGISTRY,
        local.sources(),
        functions=local.functions,
        failhard=failhard,
        disclosure=local.disclosure,
    )

    def hidden() -> Redactor:
        return Redactor(local.prepare() - vault.texts).ready()

    many = not brief and len(local.compiled.chunks) >= MANY
    beside = Beside(hidden, local.compare) if many else None
    try:
        if beside is not None:
            local.disclosure.ask(beside.item)
        program = engine.program(local.compiled.chunks)
        result = await engine.run(program, cause=Cause.COMMAND, test=test)
    except BaseException:
        if beside is not None:
            beside.drop()
        raise
    found = beside.result() if beside is not None else None
    if found is not None:
        vault.take(*found)
    elif not brief or result.changed or result.failed:
        local.prepare()
    return result


def _show(result: RunResult, vault: Vault) -> None:
    for outcome in result.outcomes:
        if outcome.result is True and not outcome.changes:
            continue
        mark = {True: "changed", False: "FAILED", None: "would change"}[outcome.result]
        click.echo(printable(f"{mark}: {vault(outcome.ref)} ({outcome.at})"))
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
        click.echo(printable(f"ended before its end: {vault(result.stopped)} failed (failhard)"))


def _show_changes(changes: Mapping[str, Any]) -> None:
    for key, value in changes.items():
        text = str(value)
        if "\n" in text:
            click.echo(printable(f"    {key}:\n{_indent(text, 6)}"))
        else:
            click.echo(printable(f"    {key}: {text}"))


def _indent(text: str, by: int = 4) -> str:
    return "\n".join(" " * by + line for line in text.rstrip("\n").splitlines())
