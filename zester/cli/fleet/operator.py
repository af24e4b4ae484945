"""Who gives commands: an operator's credentials, from a folder of trust."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import anyio
import click

from zester.bus.buckets import TRUST
from zester.bus.link.connection import Bus, open_bus
from zester.bus.link.login import FixedLogin
from zester.bus.records import Records
from zester.cli.console.context import CONNECT
from zester.errors import SettingsError
from zester.trust.disk.client_folder import CONTEXT, ClientFolder
from zester.trust.envelope import Signer
from zester.trust.tiers import Tier
from zester.trust.verifier import Verifier

T = TypeVar("T")
Decorated = TypeVar("Decorated", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody who is connected, can sign, and can judge what others signed."""

    name: str
    bus: Bus
    signer: Signer
    verifier: Verifier


def trust_option(command: Decorated) -> Decorated:
    """``--trust``."""
    return click.option(
        "--trust",
        envvar="ZESTER_TRUST",
        metavar="DIR",
        type=click.Path(path_type=Path, file_okay=False),
        help="Folder with context.json and operator.creds. Default: ~/.config/zester.",
    )(command)


def with_operator(trust: Path | None, work: Callable[[Operator], Awaitable[T]]) -> T:
    """Connect as an operator, run ``work``, disconnect; raises what it raises."""
    folder = _open(trust or Path.home() / ".config" / "zester")
    who = folder.credentials(Tier.OPERATOR)
    login = FixedLogin(who, folder.authorities())

    async def run() -> T:
        async with open_bus(
            folder.context.url, name="zester-cli", login=login, timeout=CONNECT
        ) as bus:
            record = await Records(bus, TRUST).get("bundle")
            if record is None:
                raise SettingsError("there is no trust bundle on the bus", hint="start a master")
            verifier = Verifier(folder.check(record.value))
            signer = Signer(who.key, who.token, folder.context.env)
            return await work(Operator(login.name, bus, signer, verifier))

    return anyio.run(run)


def _open(folder: Path) -> ClientFolder:
    if not (folder / CONTEXT).exists():
        raise SettingsError(
            f"{folder} is no folder of trust", hint="name it with --trust or $ZESTER_TRUST"
        )
    return ClientFolder.open(folder)
