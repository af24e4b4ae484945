"""The passphrase of a realm: from a file that is named, else from whoever sits there."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from zester.errors import SettingsError
from zester.trust.disk.private_file import read_private
from zester.trust.disk.realm_folder import RealmFolder, read_ledger

VARIABLE = "ZESTER_PASSPHRASE_FILE"


def new_passphrase() -> str:
    """Return a passphrase for something new: asked twice; raises SettingsError."""
    return _from_file() or _ask("Passphrase for the keys", confirm=True)


def open_realm(folder: Path, *, root: bool = False) -> RealmFolder:
    """Open a realm's folder with its passphrase; raises SettingsError, CannotOpen, InvalidToken."""
    folder = folder.absolute()
    if not (folder / "keys.sealed").exists():
        read_ledger(folder)  # says what is missing
    passphrase = _from_file() or _ask(f"Passphrase of {folder}", confirm=False)
    return RealmFolder.open(folder, passphrase, root=root)


def _from_file() -> str | None:
    named = os.environ.get(VARIABLE)
    if not named:
        return None
    lines = read_private(Path(named)).decode("utf-8", "surrogateescape").splitlines()
    if not lines or not lines[0]:
        raise SettingsError(f"${VARIABLE}: {named} is empty")
    return lines[0]


def _ask(text: str, *, confirm: bool) -> str:
    if not sys.stdin.isatty():
        raise SettingsError(
            "there is nobody to ask for the passphrase",
            hint=f"put it into a file of mode 0600 and name that in ${VARIABLE}",
        )
    found: str = click.prompt(text, hide_input=True, confirmation_prompt=confirm, err=True)
    return found
