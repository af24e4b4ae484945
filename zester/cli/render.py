"""``zester render``: the low state of a folder, offline."""

from __future__ import annotations

import platform
import socket
from collections.abc import Mapping
from pathlib import Path

import click

from zester.cli.console.output import dump
from zester.errors import At, CompileError
from zester.targeting.node import NodeView
from zester.targeting.value import Value


@click.command()
@click.option(
    "--states",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="States root: a tree's states folder, or a formula as it is.",
)
@click.option(
    "--settings",
    type=click.Path(exists=True, path_type=Path),
    metavar="FILE|DIR",
    help="One settings file, or a settings root with its top file.",
)
@click.option(
    "--facts",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Facts as JSON or YAML. Default: the id and operating system of this machine.",
)
@click.option("--saltenv", default="base", show_default=True, help="Environment.")
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
    states: Path,
    settings: Path | None,
    facts: Path | None,
    saltenv: str,
    fmt: str,
    sls: tuple[str, ...],
) -> None:
    """Print the low state of SLS, or of what the top file assigns, without server or master."""
    from zester.compiler.compile import compile_node
    from zester.compiler.roots import Roots
    from zester.compiler.settings_argument import settings_argument
    from zester.templating.library import Library
    from zester.trees.folder import FolderFiles

    node = _node(_load_facts(facts) if facts else _own_facts())
    library = Library()
    given = settings_argument(settings, node, env=saltenv, library=library) if settings else {}
    compiled = compile_node(
        FolderFiles(states),
        node,
        env=saltenv,
        sls=sls or None,
        settings=given,
        roots=Roots(),
        library=library,
    )
    dump([chunk.as_salt() for chunk in compiled.chunks], fmt)


def _load_facts(path: Path) -> Mapping[str, Value]:
    from zester.templating.documents.document import load

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CompileError(f"cannot read the facts: {error}", at=At(str(path))) from error
    facts = load(text, str(path)).data
    if not isinstance(facts, Mapping):
        raise CompileError("facts are not a mapping", at=At(str(path)))
    return facts


def _own_facts() -> dict[str, Value]:
    facts: dict[str, Value] = {
        "id": socket.gethostname(),
        "kernel": platform.system(),
        "kernelrelease": platform.release(),
        "cpuarch": platform.machine(),
    }
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return facts
    name = release.get("NAME", release["ID"]).split()[0]
    family = release.get("ID_LIKE", release["ID"]).split()[0]
    families = {"rhel": "RedHat", "fedora": "RedHat", "debian": "Debian", "suse": "Suse"}
    return {
        **facts,
        "os": name,
        "os_family": families.get(family, family.capitalize()),
        "osrelease": release.get("VERSION_ID", ""),
        "oscodename": release.get("VERSION_CODENAME", ""),
    }


def _node(facts: Mapping[str, Value]) -> NodeView:
    return NodeView(id=str(facts.get("id", socket.gethostname())), facts=facts)
