"""What ``zester render`` is given: roots by environment, facts."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from zester.errors import At, CompileError
from zester.targeting.value import Value

_NAMED = re.compile(r"([\w.-]+)=(.+)", re.DOTALL)


Root = tuple[str | None, Path]
"""An environment, None when it is not named, and where its files are."""


def read_roots(
    ctx: click.Context, param: click.Parameter, values: Sequence[str]
) -> tuple[Root, ...]:
    """Read ``DIR`` and ``ENV=DIR``; raises click.BadParameter for what is not there."""
    return tuple(_root(param, value) for value in values)


def _root(param: click.Parameter, value: str) -> Root:
    env, path = None, Path(value)
    named = _NAMED.fullmatch(value)
    if named is not None and not path.exists():
        env, path = named[1], Path(named[2])
    if not path.exists():
        raise click.BadParameter(f"there is no {str(path)!r}", param=param)
    if param.name == "states" and not path.is_dir():
        raise click.BadParameter(f"{str(path)!r} is not a folder", param=param)
    return env, path


def by_environment(given: Sequence[Root], saltenv: str | None, option: str) -> dict[str, Path]:
    """Return folders by environment; one without a name is that of ``saltenv``, else ``base``."""
    found: dict[str, Path] = {}
    for env, path in given:
        name = env or saltenv or "base"
        if name in found:
            raise click.UsageError(
                f"{option} gives environment {name!r} twice: name others with ENV=DIR"
            )
        found[name] = path
    return found


def load_facts(path: Path) -> Mapping[str, Value]:
    """Read facts from a JSON or YAML file; raises YamlError, CompileError."""
    from zester.templating.documents.document import load
    from zester.templating.documents.fault import Fault
    from zester.templating.documents.json_document import parse_json

    text = read_text(path, "facts")
    try:
        facts = parse_json(text).data  # not all JSON is YAML: tabs, "\/"
    except Fault:
        facts = load(text, str(path)).data
    if not isinstance(facts, Mapping):
        raise CompileError("facts are not a mapping", at=At(str(path)))
    return {str(key): value for key, value in facts.items()}


def read_text(path: Path, what: str) -> str:
    """Return a file's text; raises CompileError."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CompileError(f"cannot read the {what}: {error}", at=At(str(path))) from error


def own_facts() -> dict[str, Value]:
    """Return what is known of this machine without a peel."""
    facts: dict[str, Value] = {
        "id": os.uname().nodename,
        "kernel": os.uname().sysname,
        "kernelrelease": os.uname().release,
        "cpuarch": os.uname().machine,
    }
    import platform  # late: mostly the facts are given

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
