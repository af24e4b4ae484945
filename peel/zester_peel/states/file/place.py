"""Where a file state works: paths, and what they mean to other states."""

from __future__ import annotations

import posixpath
from typing import Annotated

from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field

from zester.errors import HostError
from zester_peel.engine.fields import read_text
from zester_peel.host.protocol import HostReader

_MAX_LINKS = 40
_SCHEME = "path:"
_ROOT = len(_SCHEME)


def _absolute(path: str) -> str:
    if not path.startswith("/"):
        raise ValueError(f"{path!r} is not an absolute path")
    if "\0" in path:
        raise ValueError(f"{path!r} contains a zero byte")
    while path.endswith("/") and path.strip("/"):
        path = path[:-1]
    return path if path.strip("/") else "/"


AbsolutePath = Annotated[str, BeforeValidator(read_text), AfterValidator(_absolute)]

PathName = Annotated[AbsolutePath, Field(validation_alias=AliasChoices("path", "name"))]
"""The ``name`` of a file state, also accepted as ``path``."""


def resource(path: str) -> str:
    """Return the path as a resource, the same for every spelling without links."""
    return _SCHEME + "/" + posixpath.normpath(path).lstrip("/")


def ancestors(path: str) -> tuple[str, ...]:
    """Return the folders above a path as resources, nearest first, without the root."""
    whole, found = resource(path), []
    end = whole.rfind("/")
    while end > _ROOT:
        found.append(whole[:end])
        end = whole.rfind("/", 0, end)
    return tuple(found)


async def destination(host: HostReader, path: str) -> str:
    """Return where a path leads when links in its last component are followed.

    Nothing needs to be there. Raises HostError when the links never end.
    """
    for _ in range(_MAX_LINKS):
        found = await host.stat(path)
        if found is None or found.target is None:
            return path
        path = posixpath.join(posixpath.dirname(path), found.target)
    raise HostError(f"cannot follow {path}: too many levels of symbolic links")
