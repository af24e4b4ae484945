"""The environment that processes we start inherit."""

from __future__ import annotations

import os

_PRIVATE = (
    *("NOTIFY_SOCKET", "CREDENTIALS_DIRECTORY", "WATCHDOG_", "LISTEN_"),
    *("ZESTER_", "PYDANTIC_DISABLE_PLUGINS"),
)


def inherited() -> dict[str, str]:
    """Return our own environment without what is only meant for the peel."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_PRIVATE)}
