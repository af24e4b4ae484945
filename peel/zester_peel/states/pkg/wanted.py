"""Packages as state files name them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from zester_peel.engine.fields import Text, read_text

_NAME = re.compile(r"[A-Za-z0-9@][^\s\0-\x1f=<>!,|&;$`\"'\\/]*")
_VERSION = re.compile(r"[^\s\0-\x1f|&;$`\"'\\/-][^\s\0-\x1f|&;$`\"'\\/]*")
_REPOSITORY = re.compile(r"[A-Za-z0-9*][^\s\0-\x1f]*")
_OPERATORS = ("==", ">=", "<=", "!=", "=", ">", "<", "")
_MOST = 10_000

Wanted = tuple[tuple[str, str | None], ...]
"""Names in order, each with a version condition or None."""


def read_name(value: object) -> str:
    """Read a package's name; what a package manager would take for something else is refused."""
    name = read_text(value).strip()
    if not _NAME.fullmatch(name) or len(name) > 256:
        raise ValueError(f"{name!r} cannot be the name of a package")
    if name.endswith("-"):
        raise ValueError(f"{name!r} cannot be the name of a package: apt would remove it")
    return name


def read_condition(value: object) -> str | None:
    """Read a version: exact, with ``*``, ``latest``, or conditions such as ``>=1.2, <2``."""
    if value is None:
        return None
    text = read_text(value).strip()
    for part in text.split(",") if text else ():
        _split(part)
    return text or None


def split_condition(text: str) -> tuple[tuple[str, str], ...]:
    """Return the operators (``==`` when none is written) and versions of a condition."""
    return tuple(_split(part) for part in text.split(","))


def read_wanted(value: object) -> Wanted:
    """Read ``pkgs``: a list of names and of maps from name to version."""
    if isinstance(value, str | Mapping):
        value = [value]
    if not isinstance(value, list | tuple):
        raise ValueError("expected a list of names, or of maps from name to version")
    if len(value) > _MOST:
        raise ValueError(f"more than {_MOST} packages in one state")
    found: dict[str, str | None] = {}
    for each in value:
        if isinstance(each, Mapping):
            for name, version in each.items():
                found[read_name(name)] = read_condition(version)
        elif isinstance(each, list | tuple) and len(each) == 2:
            found[read_name(each[0])] = read_condition(each[1])
        else:
            found[read_name(each)] = None
    return tuple(found.items())


def read_files(value: object) -> tuple[tuple[str, str], ...]:
    """Read ``sources``: a list of maps from a package's name to the file that holds it."""
    if isinstance(value, Mapping):
        value = [value]
    if not isinstance(value, list | tuple):
        raise ValueError("expected a list of maps from name to file")
    found: dict[str, str] = {}
    for each in value:
        if isinstance(each, list | tuple) and len(each) == 2:
            each = {each[0]: each[1]}
        if not isinstance(each, Mapping):
            raise ValueError(f"{each!r} is not a map from name to file")
        for name, place in each.items():
            found[read_name(name)] = _place(read_text(place))
    return tuple(found.items())


def read_repositories(value: object) -> tuple[str, ...]:
    """Read names of repositories: a list, or a text with commas between them."""
    texts = value if isinstance(value, list | tuple) else read_text(value).split(",")
    return tuple(read_repository(each) for each in texts)


def read_repository(value: object) -> str:
    name = read_text(value).strip()
    if not _REPOSITORY.fullmatch(name):
        raise ValueError(f"{name!r} cannot be the name of a repository")
    return name


def _split(part: str) -> tuple[str, str]:
    part = part.strip()
    operator = next(each for each in _OPERATORS if part.startswith(each))
    version = part[len(operator) :].strip()
    if not _VERSION.fullmatch(version) or len(version) > 256:
        raise ValueError(f"{part!r} is not a version or a condition such as '>=1.2'")
    return ("==" if operator in ("", "=") else operator), version


def _place(text: str) -> str:
    path = text.removeprefix("file://")
    if text.startswith(("salt://", "zester://")):
        if "\n" in text or ".." in text.split("/"):
            raise ValueError(f"{text!r} is not a file of the tree")
        return text
    if path.startswith("/") and path.isprintable():
        return path
    raise ValueError(
        f"{text!r} is neither salt://… nor an absolute path; get other files with file.managed"
    )


def _not_empty(value: Wanted) -> Wanted:
    if not value:
        raise ValueError("no packages in it")
    return value


PackageName = Annotated[Text, AfterValidator(read_name)]
Condition = Annotated[str | None, BeforeValidator(read_condition)]
Packages = Annotated[Wanted, BeforeValidator(read_wanted)]
Files = Annotated[
    tuple[tuple[str, str], ...], BeforeValidator(read_files), AfterValidator(_not_empty)
]
Repository = Annotated[str, BeforeValidator(read_repository)]
Repositories = Annotated[tuple[str, ...], BeforeValidator(read_repositories)]
