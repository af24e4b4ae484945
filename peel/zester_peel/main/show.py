"""``zester-peel show``: what this machine has to be, without doing anything about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

import anyio
import click

from zester.cli.console.output import dump
from zester.compiler.compile import Compiled
from zester.compiler.high.high_data import high_data
from zester.compiler.template_renderer import TemplateRenderer
from zester.errors import StateError
from zester.resources.files import Files
from zester.telemetry.redaction.vault import Vault
from zester.trees.folder import FolderFiles
from zester_peel.facts.custom.programs import collect_all_facts
from zester_peel.facts.identity import default_id
from zester_peel.host.linux import LinuxHost
from zester_peel.main.held import held_tree
from zester_peel.main.local import Asked, compile_local
from zester_peel.settings import PeelSettings

Show = Callable[[Compiled], Any]


def _lowstate(compiled: Compiled) -> list[dict[str, Any]]:
    return [chunk.as_salt() for chunk in compiled.chunks]


def _highstate(compiled: Compiled) -> dict[str, dict[str, Any]]:
    return high_data(compiled.chunks)


def _top(compiled: Compiled) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for env, sls in compiled.assigned:
        found.setdefault(env, []).append(sls)
    return found


def _settings(compiled: Compiled) -> dict[str, Any]:
    return compiled.settings


WHAT: Mapping[str, Show] = {
    "lowstate": _lowstate,
    "highstate": _highstate,
    "sls": _highstate,
    "top": _top,
    "settings": _settings,
}


@click.command()
@click.argument("what", type=click.Choice(list(WHAT)))
@click.argument("sls", nargs=-1)
@click.option(
    "--local",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="TREE",
    help="A folder as `zester-peel apply` takes it. Default: what the agent here holds.",
)
@click.option("--settings", type=click.Path(path_type=Path, exists=True), help="File or folder.")
@click.option("--env", help="Default: the agent's, base with --local.")
@click.option("--id", "node", help="Default: this machine's fully qualified name.")
@click.option("--root", type=click.Path(path_type=Path), default=Path("/"), help="Look below it.")
@click.option("--config", type=click.Path(path_type=Path), help="Default: /etc/zester/peel.yaml")
@click.option("--state-dir", type=click.Path(path_type=Path), help="Default: /var/lib/zester/peel")
@click.option("--reveal", is_flag=True, help="Show what settings hold, too.")
@click.option(
    "-o",
    "--output",
    "fmt",
    type=click.Choice(["json", "yaml"]),
    default="yaml",
    show_default=True,
    help="Output format.",
)
@click.pass_obj
def show(
    vault: Vault,
    what: str,
    sls: tuple[str, ...],
    local: Path | None,
    settings: Path | None,
    env: str | None,
    node: str | None,
    root: Path,
    config: Path | None,
    state_dir: Path | None,
    reveal: bool,
    fmt: str,
) -> None:
    """Print WHAT of SLS, or of what the top file assigns, with the facts of this machine.

    lowstate: each state call in order. highstate, sls: the same by id (sls: of the SLS named).
    top: the assigned state files. settings: what templates see as settings. Values of settings are
    hidden, and what was made from them, unless --reveal asks for them.
    """
    if what == "sls" and not sls:
        raise click.UsageError("show sls: name a state file")
    if local is not None:
        files: Files = FolderFiles(local)
        env = env or "base"
    else:
        agent = PeelSettings.load(
            config, {"id": node, "env": env, "state_dir": state_dir}, default_id
        )
        files, env, node = held_tree(agent), agent.env, agent.id
    facts = anyio.run(collect_all_facts, node or default_id(), LinuxHost(root))
    # Settings need no states: what is wrong with those must not hide them.
    named = () if what == "settings" else sls or None
    asked = Asked(env, str(facts.values["id"]), settings, named)
    made = compile_local(files, asked, facts.values, vault, _no_sources)
    shown = WHAT[what](made.compiled)
    if not reveal:
        made.prepare()
        shown = vault.value(shown)
    dump(shown, fmt)


def _no_sources(root: str, renderer: TemplateRenderer) -> NoReturn:
    raise StateError("nothing is applied here")
