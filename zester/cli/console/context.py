"""Which server the command line talks to, and the options that most verbs share."""

from __future__ import annotations

import getpass
import json
import os
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import anyio
import click

from zester.bus.link.connection import Bus, open_bus
from zester.errors import InvalidKey
from zester.resources.ids import parse_name

DEFAULT_URL = "nats://127.0.0.1:4222"
CONNECT = 3.0
"""Seconds a person waits for a connection before being told."""

DEV_FILE = Path(".zester") / "dev.json"

T = TypeVar("T")
Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def url_option(command: Decorated) -> Decorated:
    """``--url``: flag, then $ZESTER_URL, then a ``zester dev`` here or above, then localhost."""
    return click.option(
        "--url",
        envvar="ZESTER_URL",
        metavar="URL[,URL…]",
        help="NATS servers. Default: a `zester dev` of this folder, else nats://127.0.0.1:4222.",
    )(command)


def env_option(command: Decorated) -> Decorated:
    """``--env``."""
    return click.option(
        "--env", default="base", show_default=True, callback=_name, help="Environment (saltenv)."
    )(command)


def source_option(command: Decorated) -> Decorated:
    """``--source``."""
    return click.option(
        "--source",
        default="cli",
        show_default=True,
        callback=_name,
        help="Source: one environment can be fed by several, laid over each other.",
    )(command)


def _name(ctx: click.Context, param: click.Parameter, value: str) -> str:
    try:
        return parse_name(value, param.name or "name")
    except InvalidKey as error:
        raise click.BadParameter(f"{error.message} ({error.hint})") from error


def servers(url: str | None) -> tuple[str, ...]:
    """Return the servers to talk to."""
    if url:
        return tuple(filter(None, url.split(",")))
    here = Path.cwd()
    for folder in (here, *here.parents):
        try:
            found = json.loads((folder / DEV_FILE).read_text())
            return (str(found["url"]),)
        except (OSError, ValueError, KeyError, TypeError):
            continue  # not there, or none of ours
    return (DEFAULT_URL,)


def with_bus(url: str | None, work: Callable[[Bus], Awaitable[T]]) -> T:
    """Connect, run ``work``, disconnect; raises what it raises, and BusUnavailable."""

    async def run() -> T:
        async with open_bus(servers(url), name="zester-cli", timeout=CONNECT) as bus:
            return await work(bus)

    return anyio.run(run)


def author() -> str:
    """Return who is at the keyboard: ``user@host``, or $ZESTER_AUTHOR."""
    named = os.environ.get("ZESTER_AUTHOR")
    if named:
        return named[:256]
    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"[:256]
