"""``zester-peel call``: run an execution function here, as ``salt-call`` does."""

from __future__ import annotations

import re
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zester.cli.console.output import dump
from zester.cli.console.problems import printable
from zester.cli.console.verb import Verb
from zester.cli.fleet.arguments import read_arguments
from zester.cli.fleet.forms import results_option
from zester.telemetry.redaction.vault import Vault

if TYPE_CHECKING:
    from zester.resources.files import Files
    from zester_peel.main.calling.around import LocalSurroundings
    from zester_peel.modules.calling.call import Answer
    from zester_peel.settings import PeelSettings

EXIT_FAILED = 2

_FUNCTION = re.compile(r"[a-z_]\w*\.[a-z_]\w*")


class Call(Verb):
    """Understands Salt's ``--local``, which has no value, too: everything is local here."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        given = [word for place, word in enumerate(args) if not _is_flag(word, args[place + 1 :])]
        return super().parse_args(ctx, given)


def _is_flag(word: str, following: list[str]) -> bool:
    """Whether ``--local`` stands there without a folder."""
    if word != "--local":
        return False
    return not following or (
        _FUNCTION.fullmatch(following[0]) is not None and not Path(following[0]).is_dir()
    )


@click.command(cls=Call, exits={EXIT_FAILED: "the function failed"})
@click.argument("function")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.option("--test", is_flag=True, help="Change nothing; tell what would change.")
@click.option(
    "--local",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="TREE",
    help="A folder as `zester-peel apply` takes it. Default: what the agent here holds.",
)
@click.option("--settings", type=click.Path(path_type=Path, exists=True), help="File or folder.")
@click.option("--env", help="Default: the agent's, base with --local.")
@click.option("--id", "node", help="Default: the id it enrolled with, else its full name.")
@click.option("--root", type=click.Path(path_type=Path), help="Work below it.")
@click.option("--config", type=click.Path(path_type=Path), help="Default: /etc/zester/peel.yaml")
@click.option("--state-dir", type=click.Path(path_type=Path), help="Default: /var/lib/zester/peel")
@click.option("--reveal", is_flag=True, help="Show what settings hold, too.")
@click.option(
    "--retcode-passthrough", is_flag=True, expose_value=False, help="As in Salt; always so."
)
@results_option
@click.pass_obj
def call(
    vault: Vault,
    function: str,
    arguments: tuple[str, ...],
    test: bool,
    local: Path | None,
    settings: Path | None,
    env: str | None,
    node: str | None,
    root: Path | None,
    config: Path | None,
    state_dir: Path | None,
    reveal: bool,
    fmt: str,
) -> int:
    """Run FUNCTION with ARGUMENTS on this machine, without server or agent; like `salt-call`.

    Arguments are read as YAML, key=value as named ones. Values of settings are hidden unless
    --reveal asks for them.
    """
    import anyio

    from zester_peel.main.calling.around import LocalSurroundings
    from zester_peel.settings import PeelSettings

    # ended politely it ends what it has started, as at Ctrl-C
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    given = {"id": node, "env": env, "root": root and root.absolute(), "state_dir": state_dir}
    agent = PeelSettings.load(config, given, lambda: "unnamed")
    if agent.id == "unnamed":
        agent = agent.model_copy(update={"id": _own_id(agent)})
    around = LocalSurroundings(
        agent.id,
        (env or "base") if local is not None else agent.env,
        agent.root,
        files=lambda: _files(local, agent, function),
        settings=settings,
        vault=vault,
    )
    answer = anyio.run(_answer, around, function, arguments, test)
    _show(answer, fmt, None if reveal else vault)
    return 0 if answer.ok else EXIT_FAILED


async def _answer(
    around: LocalSurroundings, function: str, words: tuple[str, ...], test: bool
) -> Answer:
    from zester_peel.modules.calling.binding import bind
    from zester_peel.modules.calling.call import Answer, Call
    from zester_peel.modules.calling.registry import find

    args, kwargs = read_arguments(words)
    if isinstance(kwargs.get("test"), bool):
        test = bool(kwargs.pop("test"))  # as in Salt, where it is one more argument
    found = find(function)
    await around.ask_programs()
    bound = bind(function, found, args, kwargs)
    value = await found(Call(around, test=test), *bound.args, **bound.kwargs)
    return value if isinstance(value, Answer) else Answer(value)


def _show(answer: Answer, fmt: str, vault: Vault | None) -> None:
    from zester_peel.agent.jobs.values import plain

    value = plain(answer.value)
    if vault is not None:
        value = vault.value(value)
    if fmt in ("json", "yaml", "raw"):
        dump({"local": value}, fmt)
        return
    from zester.cli.fleet.value_text import value_text

    text = printable(value_text(value))
    if fmt == "table":
        click.echo("local:")
        for line in text.splitlines() or [""]:
            click.echo(f"    {line}")
    elif fmt == "txt":
        click.echo(f"local: {text.replace(chr(10), ' ⏎ ')}")
    elif fmt == "values":
        click.echo(text)
    if not answer.ok and answer.retcode:
        click.echo(f"failed, exit code {answer.retcode}", err=True)
    sys.stdout.flush()


def _own_id(agent: PeelSettings) -> str:
    """What this machine enrolled as, else its name."""
    from zester_peel.agent.identity.identity import Identity
    from zester_peel.facts.identity import default_id

    before = Identity.begun(agent.state_dir)
    return before.id if before is not None else default_id()


def _files(local: Path | None, agent: PeelSettings, function: str) -> Files:
    from zester.errors import SettingsError
    from zester.trees.folder import FolderFiles

    if local is not None:
        return FolderFiles(local)
    from zester_peel.main.calling.nothing import NoFiles
    from zester_peel.main.held import held_tree

    try:
        return held_tree(agent)
    except SettingsError:
        if function == "state.single":
            return NoFiles()  # one state alone needs no tree
        raise
