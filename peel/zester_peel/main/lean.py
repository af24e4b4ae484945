"""Start the agent without what its libraries load for themselves only: ``python -m`` this.

pydantic looks for plug-ins and nats-py for its own version, both through ``importlib.metadata``,
which loads readers of archives and mail: 1.3 MiB that nothing uses afterwards. Meanwhile they find
an installation without packages; who asks later finds the real one.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import NoReturn

_NAME = "importlib.metadata"


@contextmanager
def without_packages() -> Iterator[None]:
    """Have modules that are imported meanwhile believe that no package is installed."""
    if _NAME in sys.modules:
        yield
        return
    empty = ModuleType(_NAME)
    vars(empty).update(version=_version, entry_points=_entry_points, distributions=_none)
    sys.modules[_NAME] = empty
    try:
        yield
    finally:
        del sys.modules[_NAME]


def agent() -> Callable[[], None]:
    """Import the agent; return what runs it."""
    with without_packages():
        from zester_peel.main.daemon import main

    return main


def _version(name: str) -> NoReturn:
    raise ImportError(f"nobody asked yet which version of {name} is installed")


def _entry_points(**_: object) -> tuple[()]:
    return ()


def _none() -> tuple[()]:
    return ()


if __name__ == "__main__":
    agent()()
