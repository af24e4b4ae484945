"""``zester rekey``: new keys for settings files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from zester.bus.link.connection import Bus
from zester.cli.console.context import Context, env_option, source_option, trust_option, with_bus
from zester.cli.settings.scope import keyring_of, read_masters_key, settings_path
from zester.cli.settings.values import open_value, replaced, seal_value
from zester.errors import SettingsError
from zester.resources.sealing.encrypted import FORM
from zester.resources.sealing.scope_keys import ScopeKeys
from zester.trees.sealed.scopes import scope_of
from zester.trust.disk.private_file import write_whole
from zester.trust.sealing import BoxKey
from zester.trust.tiers import Tier


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("files", nargs=-1, required=True)
@click.option(
    "--masters-key",
    type=click.Path(exists=True, path_type=Path),
    metavar="FILE",
    help="The masters' key; needed when the files hold encrypted values.",
)
@env_option
@source_option
@trust_option
def rekey(
    folder: Path,
    files: tuple[str, ...],
    masters_key: Path | None,
    env: str,
    source: str,
    context: Context,
) -> None:
    """Make new keys for FILES of the tree in FOLDER, and encrypt the values in them anew.

    The next push seals the files with the new keys; nodes are granted them meanwhile. Values that
    were encrypted with the keys before stay readable for a while, so older revisions still work.
    """
    texts = {name: _read(folder, name) for name in map(settings_path, files)}
    masters = read_masters_key(masters_key) if masters_key else None
    encrypted = [name for name, text in texts.items() if FORM.search(text)]
    if encrypted and masters is None:
        raise SettingsError(
            f"{encrypted[0]} holds encrypted values",
            hint="give --masters-key, so that they can be encrypted anew",
        )
    scopes = {name: scope_of(source, name) for name in texts}

    async def work(bus: Bus) -> dict[str, str]:
        keyring = await keyring_of(context, bus)
        before = await keyring.ensure(scopes.values())
        opened = {name: _open(masters, before[scopes[name]], texts[name]) for name in encrypted}
        after = await keyring.ensure(scopes.values(), rotate=True)
        return {name: _seal(after[scopes[name]], texts[name], opened[name]) for name in encrypted}

    for name, text in with_bus(context, work, (Tier.PUBLISHER,)).items():
        path = folder / name
        write_whole(path, text, path.stat().st_mode & 0o777)
    click.echo(f"{len(texts)} files have new keys; push {folder} to use them")


def _open(masters: BoxKey | None, keys: ScopeKeys, text: str) -> dict[str, str]:
    if masters is None:
        return {}
    words = {found[0] for found in FORM.finditer(text)}
    return {word: open_value(masters, keys, word) for word in words}


def _seal(keys: ScopeKeys, text: str, opened: Mapping[str, str]) -> str:
    return replaced(text, lambda word: seal_value(keys, opened[word]))


def _read(folder: Path, name: str) -> str:
    try:
        return (folder / name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{folder / name} cannot be read") from error
