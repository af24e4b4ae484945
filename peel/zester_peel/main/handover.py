"""How ``zester-peel run`` hands what it has checked over to the agent's process."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from zester_peel.settings import PeelSettings

DAEMON = "zester_peel.main.lean"

_LEAN = ("-OO", "-X", "no_debug_ranges")

_SETTINGS, _LEVEL, _STYLE = "ZESTER_RUN_SETTINGS", "ZESTER_RUN_LEVEL", "ZESTER_RUN_STYLE"


def become_agent(settings: PeelSettings, log_level: str, log_style: str) -> NoReturn:
    """Replace this process by the agent: nothing of the command line stays in memory.

    Doc strings and column tables, 2 MiB that an agent never reads, are left out. Its byte code is
    compiled at the first start and kept beside the modules; where that is read-only each start
    takes a second more.
    """
    os.environ.update({_SETTINGS: settings.model_dump_json(), _LEVEL: log_level, _STYLE: log_style})
    # The id is for whoever reads the process list.
    os.execv(sys.executable, [sys.executable, *_LEAN, "-m", DAEMON, settings.id])  # noqa: S606 - our own module


def take_over() -> tuple[PeelSettings, str, str]:
    """Return settings, log level and style; commands that states run do not inherit them."""
    settings = PeelSettings.model_validate_json(os.environ.pop(_SETTINGS))
    return settings, os.environ.pop(_LEVEL), os.environ.pop(_STYLE)
