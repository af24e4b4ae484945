"""Facts from files: ``/etc/zester/facts.d/*.yaml`` and ``*.json``, and Salt's own."""

from __future__ import annotations

import os
import posixpath
import stat
from collections.abc import Iterator
from dataclasses import field
from typing import Any

from zester.dataclass import dataclass
from zester.errors import FactError
from zester_peel.facts.custom.reading import LIMIT, read_facts
from zester_peel.facts.source import Source

FOLDER = "/etc/zester/facts.d"
SALT_FILE = "/etc/salt/grains"
_DATA = (".yaml", ".yml", ".json")


@dataclass(frozen=True, slots=True)
class Found:
    """Facts of one origin, or why there are none."""

    origin: str
    values: dict[str, Any] = field(default_factory=dict)
    problem: str = ""


def file_facts(source: Source) -> Iterator[Found]:
    """Read every file: Salt's first, then those of the folder by name, so that the later counts."""
    if source.exists(SALT_FILE):
        yield _read(source, SALT_FILE)
    for path in _listed(source):
        if path.endswith(_DATA):
            yield _read(source, path)


def programs(source: Source) -> list[str]:
    """Return the programs in the folder: executable files that are no data."""
    return [
        path
        for path in _listed(source)
        if not path.endswith(_DATA) and source.mode(path) & (stat.S_IXUSR | stat.S_IXGRP)
    ]


def demand_trusted(source: Source, path: str) -> None:
    """Raise FactError unless only root (or whoever runs the peel) can change the file.

    The folder counts as well: who may write there may replace the file.
    """
    for each in (posixpath.dirname(path), path):
        try:
            found = source.status(each)
        except OSError as error:
            raise FactError(f"{each} cannot be read: {error.strerror}") from error
        if found.st_uid not in (0, os.geteuid()):
            raise FactError(f"{each} belongs to uid {found.st_uid}", hint="chown root")
        if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise FactError(f"{each} can be written by others", hint="chmod go-w")
    if not stat.S_ISREG(found.st_mode):
        raise FactError(f"{path} is not a file")


def _listed(source: Source) -> list[str]:
    names = source.names(FOLDER)
    return [f"{FOLDER}/{name}" for name in names if not name.startswith(".") and name[-1] != "~"]


def _read(source: Source, path: str) -> Found:
    try:
        demand_trusted(source, path)
        if source.status(path).st_size > LIMIT:
            raise FactError(f"{path} has more than {LIMIT} bytes")
        return Found(path, read_facts(source.text(path), yaml_only=True))
    except FactError as error:
        return Found(path, problem=str(error))
    except OSError as error:
        return Found(path, problem=f"it cannot be read: {error.strerror}")
