"""Which settings file a command is about, and its keys."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from zester.bus.link.connection import Bus
from zester.cli.console.context import Context
from zester.compiler.assigned.top import is_top
from zester.compiler.roots import SETTINGS
from zester.errors import InvalidKey, InvalidToken, SettingsError
from zester.resources.tree_path import check_tree_path
from zester.trees.sealed.keyring import Keyring
from zester.trust.disk.master_folder import BOX
from zester.trust.disk.private_file import read_private
from zester.trust.sealing import BoxKey
from zester.trust.tokens import decode_part

MASTERS_KEY = click.option(
    "--masters-key",
    type=click.Path(exists=True, path_type=Path),
    metavar="FILE",
    required=True,
    help=f"The masters' key: {BOX} in the folder of a master.",
)


def settings_path(text: str) -> str:
    """Return the path of a settings file in its tree; raises SettingsError."""
    try:
        path = check_tree_path(text.removeprefix("./"))
    except InvalidKey as error:
        raise SettingsError(error.message) from error
    root = next((prefix for prefix in SETTINGS if path.startswith(prefix)), None)
    if root is None or is_top(path.removeprefix(root)):
        raise SettingsError(
            f"{path} is not a settings file that is sealed",
            hint="name it as it is called in the tree: settings/db.zy",
        )
    return path


def read_masters_key(path: Path) -> BoxKey:
    """Return the masters' key from its file, or from the folder it is in; raises SettingsError."""
    path = path / BOX if path.is_dir() else path
    try:
        return BoxKey(decode_part(read_private(path).decode("ascii", "replace").strip()))
    except InvalidToken as error:
        raise SettingsError(
            f"{path} does not hold the masters' key", hint=f"it is called {BOX}"
        ) from error


async def keyring_of(context: Context, bus: Bus) -> Keyring:
    """Return the keyring of the environment; raises SettingsError where nothing is signed."""
    verifier = await context.verifier(bus)
    if verifier is None:
        raise SettingsError("settings are not sealed here", hint="choose a trust folder: --trust")
    return Keyring(bus, verifier)


def read_value(given: str | None, prompt: str) -> str:
    """Return what was given, typed without echo, or on the standard input."""
    if given is not None and given != "-":
        return given
    if sys.stdin.isatty():
        return str(click.prompt(prompt, hide_input=True))
    return sys.stdin.read().removesuffix("\n")
