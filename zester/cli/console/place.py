"""Which trust folder a command uses: the flag, the variable, a dev set-up near by, one's own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from zester.errors import SettingsError
from zester.trust.disk.client_folder import CONTEXT, ClientFolder

VARIABLE = "ZESTER_TRUST"
DEV = Path(".zester") / "trust"
DEFAULT_ENV = "base"


def open_folder(given: str | None, env: str | None) -> ClientFolder:
    """Open the trust folder of an environment; raises SettingsError that says how to get one."""
    if given:
        return _open(Path(given), env, "--trust")
    named = os.environ.get(VARIABLE)
    if named:
        return _open(Path(named), env, f"${VARIABLE}")
    for folder in _usual():
        found = _within(folder, env)
        if found is not None:
            return _of_env(ClientFolder.open(found), env)
    raise SettingsError(
        f"no trust folder for environment {env or DEFAULT_ENV!r}: who we are, whom to believe",
        hint=f"name it with --trust or ${VARIABLE}, or put it at {own_folder()}; "
        "`zester trust init` or `zester trust issue` makes it",
    )


def own_folder() -> Path:
    """Return where a user keeps their trust folder."""
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "zester"


def _open(folder: Path, env: str | None, how: str) -> ClientFolder:
    found = _within(folder, env)
    if found is None:
        raise SettingsError(
            f"{how}: {folder} has no {CONTEXT} of environment {env or DEFAULT_ENV!r}",
            hint="name a folder that `zester trust init` or `zester trust issue` made",
        )
    return _of_env(ClientFolder.open(found), env)


def _within(folder: Path, env: str | None) -> Path | None:
    """A client's folder itself, one with a folder for each environment, or a whole realm's."""
    name = env or DEFAULT_ENV
    for place in (folder, folder / name, folder / "clients" / name):
        if (place / CONTEXT).is_file():
            return place
    return None


def _of_env(found: ClientFolder, env: str | None) -> ClientFolder:
    if env is not None and found.context.env != env:
        raise SettingsError(
            f"{found.folder} is for environment {found.context.env!r}, not {env!r}",
            hint="name another folder with --trust",
        )
    return found


def _usual() -> Iterator[Path]:
    here = Path.cwd()
    for folder in (here, *here.parents):
        yield folder / DEV
    yield own_folder()
