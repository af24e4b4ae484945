"""What a service is, as far as states care."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator

from zester.dataclass import dataclass
from zester_peel.engine.fields import read_text

_NAME = re.compile(r"[A-Za-z0-9:_.\\@-]{1,250}")
_UNIT = re.compile(
    r".\.(service|socket|device|mount|automount|swap|target|path|timer|slice|scope)$"
)


def read_service(value: object) -> str:
    name = read_text(value)
    if not _NAME.fullmatch(name) or name in (".", ".."):
        raise ValueError(f"{name!r} cannot be the name of a service")
    return name


ServiceName = Annotated[str, BeforeValidator(read_service)]
"""The name of a service or unit; none that means several, or a path."""


def unit_of(name: str) -> str:
    """Return the unit that a service is to systemd: ``nginx`` → ``nginx.service``."""
    return name if _UNIT.search(name) else f"{name}.service"


@dataclass(frozen=True, slots=True)
class Service:
    """One service as it was found.

    ``id`` is its proper name when ``name`` is an alias. ``running`` = up, ``alive`` = anything but
    down: starting, stopping or waiting to be started again. ``starting`` = will be up soon, without
    our help; ``stopping`` likewise. ``enabled`` = starts at boot; ``fixed`` = that cannot be
    changed. ``mask`` is how it is masked: ``""``, ``masked`` or ``masked-runtime``. ``stale`` = its
    file is newer than what the manager knows of it. ``problem`` says why it cannot be used, or why
    it failed. ``triggers`` are what may start it again.
    """

    name: str
    id: str
    known: bool
    running: bool = False
    alive: bool = False
    starting: bool = False
    stopping: bool = False
    enabled: bool = False
    fixed: bool = False
    mask: str = ""
    stale: bool = False
    problem: str = ""
    triggers: tuple[str, ...] = ()
