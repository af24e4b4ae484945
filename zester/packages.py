"""Starting without what libraries load for themselves only.

pydantic looks for plug-ins and nats-py for its own version, both through ``importlib.metadata``,
which loads readers of archives and mail: 1.3 MiB and some milliseconds that nothing uses
afterwards. nats-py loads aiohttp, if it is there, for web sockets that we do not use: 14 MiB.
Meanwhile they find an installation without packages; who asks later finds the real one.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import NoReturn

_NAME = "importlib.metadata"
_HIDDEN = ("aiohttp", "multidict")


@contextmanager
def without_packages() -> Iterator[None]:
    """Have modules that are imported meanwhile believe that no package is installed."""
    empty = ModuleType(_NAME)
    vars(empty).update(version=_version, entry_points=_entry_points, distributions=_none)
    modules: dict[str, ModuleType | None] = {_NAME: empty, **dict.fromkeys(_HIDDEN)}
    put = {name: modules[name] for name in modules.keys() - sys.modules.keys()}
    sys.modules.update(put)  # type: ignore[arg-type]  # None there is Python's way to hide a module
    try:
        yield
    finally:
        if "pydantic" in sys.modules:
            # it asks when it makes the first validator, and that may be later
            importlib.import_module("pydantic.plugin._loader")
        for name in put:
            del sys.modules[name]


def _version(name: str) -> NoReturn:
    raise ImportError(f"nobody asked yet which version of {name} is installed")


def _entry_points(**_: object) -> tuple[()]:
    return ()


def _none() -> tuple[()]:
    return ()
