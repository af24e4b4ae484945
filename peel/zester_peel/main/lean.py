"""Start the agent without what its libraries load for themselves only: ``python -m`` this."""

from __future__ import annotations

from collections.abc import Callable

from zester.packages import without_packages


def agent() -> Callable[[], None]:
    """Import the agent; return what runs it."""
    with without_packages():
        from zester_peel.main.daemon import main

    return main


if __name__ == "__main__":
    agent()()
