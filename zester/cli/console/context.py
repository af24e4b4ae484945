"""Where a command works and as whom, and the options that most verbs share."""

from __future__ import annotations

import functools
import getpass
import os
import socket
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import anyio
import click

from zester.bus.buckets import TRUST
from zester.bus.link.connection import Bus, open_bus
from zester.bus.link.login import FixedLogin
from zester.bus.records import Records
from zester.cli.console.output import stamp
from zester.cli.console.permitted import permitted
from zester.cli.console.place import open_folder
from zester.errors import InvalidKey, SettingsError, StaleRevision
from zester.resources.ids import parse_name, parse_source
from zester.trees.publish import Authority
from zester.trust.address import secure_urls
from zester.trust.credentials import Credentials
from zester.trust.disk.client_folder import ClientFolder
from zester.trust.envelope import Signer
from zester.trust.tiers import Tier
from zester.trust.tokens import read_token
from zester.trust.verifier import Verifier

CONNECT = 3.0
"""Seconds a person waits for a connection before being told."""

PATIENCE = 15.0
"""Seconds that a request waits while a cluster replaces a server that died."""

LOOK = (Tier.OPERATOR, Tier.PUBLISHER)
"""Who may read trees and facts; the first whose credentials are there is used."""

GLANCE = (*LOOK, Tier.VIEWER)
"""Who may read heads and status."""

T = TypeVar("T")
Decorated = TypeVar("Decorated", bound=Callable[..., Any])


class Context:
    """The trust folder that a command was told to use, opened when it is needed first.

    ``url`` are other servers than the folder names.
    """

    def __init__(self, url: str | None, trust: str | None, env: str | None) -> None:
        self._url = url
        self._trust = trust
        self._env = env

    @functools.cached_property
    def folder(self) -> ClientFolder:
        """The folder; raises SettingsError when there is none."""
        return open_folder(self._trust, self._env)

    @property
    def servers(self) -> tuple[str, ...]:
        """The servers to talk to; raises SettingsError for an address in clear."""
        return secure_urls(self._url) if self._url else self.folder.context.url

    def credentials(self, *tiers: Tier) -> Credentials:
        """Return the first credentials of these tiers that the folder has.

        Raises SettingsError when it has none, or when their time is over.
        """
        folder = self.folder
        tier = next((tier for tier in tiers if folder.has(tier)), None)
        if tier is None:
            raise SettingsError(
                f"{folder.folder} has no credentials of a {' or '.join(tiers)}",
                hint=f"`zester trust issue DIR {tiers[0]} NAME` makes them",
            )
        found = folder.credentials(tier)
        token = read_token(found.token)
        if token.expires is not None and token.expires <= time.time():
            raise SettingsError(
                f"the credentials in {folder.credentials_file(tier)} ended "
                f"at {stamp(token.expires)}",
                hint=f"`zester trust issue DIR {tier} NAME` makes new ones",
            )
        return found

    def login(self, *tiers: Tier) -> FixedLogin:
        """Return who we are for the servers, as one of these tiers."""
        return FixedLogin(self.credentials(*tiers), self.folder.authorities())

    def signer(self, tier: Tier = Tier.PUBLISHER) -> Signer:
        """Return what signs for us; raises SettingsError."""
        who = self.credentials(tier)
        return Signer(who.key, who.token, self.folder.context.env)

    @property
    def signs(self) -> bool:
        """Whether the folder has credentials that heads can be signed with."""
        return self.folder.has(Tier.PUBLISHER)

    def authority(self, verifier: Verifier) -> Authority:
        """Return in whose name heads are moved; raises SettingsError."""
        return Authority(self.signer(), verifier)

    async def verifier(self, bus: Bus) -> Verifier:
        """Return the judge of what is on the bus, by the newest trust bundle.

        Raises an Untrusted when the bundle there does not come from the pinned operator or is older
        than one that was seen before.
        """
        folder, kept = self.folder, self.folder.bundle()
        record = await Records(bus, TRUST).get("bundle")
        if record is None:
            if kept is None:
                raise SettingsError(
                    "there is no trust bundle on the bus", hint="start a master: it puts it there"
                )
            return Verifier(kept)
        found = folder.check(record.value)
        if kept is not None and found.bundle.serial < kept.bundle.serial:
            raise StaleRevision(
                f"the trust bundle on the bus has serial {found.bundle.serial}, but "
                f"{kept.bundle.serial} was seen before",
                hint="did the server lose data? `zester trust publish DIR` puts the newest there",
            )
        if kept is None or found.bundle.serial > kept.bundle.serial:
            folder.keep_bundle(record.value)
        return Verifier(found)


def trust_option(command: Decorated) -> Decorated:
    """``--trust`` and ``--url``, which become the parameter ``context``."""

    @functools.wraps(command)
    def with_context(*args: Any, url: str | None, trust: str | None, **given: Any) -> Any:  # noqa: ANN401 - whatever the verb takes and returns
        return command(*args, context=Context(url, trust, given.get("env")), **given)

    options = (
        click.option(
            "--trust",
            metavar="DIR",
            help="Trust folder: servers, whom to believe, credentials. Default: $ZESTER_TRUST, "
            "else a `zester dev` of this folder, else ~/.config/zester.",
        ),
        click.option(
            "--url",
            envvar="ZESTER_URL",
            metavar="URL[,URL…]",
            help="Other NATS servers than the trust folder names (tls://…).",
        ),
    )
    wrapped: Any = with_context
    for option in options:
        wrapped = option(wrapped)
    decorated: Decorated = wrapped
    return decorated


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
        callback=_source,
        help="Source: one environment can be fed by several, laid over each other.",
    )(command)


def _name(ctx: click.Context, param: click.Parameter, value: str) -> str:
    return _checked(lambda: parse_name(value, param.name or "name"))


def _source(ctx: click.Context, param: click.Parameter, value: str) -> str:
    return _checked(lambda: parse_source(value))


def _checked(parse: Callable[[], str]) -> str:
    try:
        return parse()
    except InvalidKey as error:
        raise click.BadParameter(f"{error.message} ({error.hint})") from error


def with_bus(
    context: Context, work: Callable[[Bus], Awaitable[T]], tiers: tuple[Tier, ...] = LOOK
) -> T:
    """Connect as the first of ``tiers`` we have credentials of, run ``work``, disconnect.

    Raises what it raises, SettingsError and BusUnavailable.
    """
    login, servers = context.login(*tiers), context.servers

    async def run() -> T:
        async with open_bus(
            servers, name="zester-cli", login=login, timeout=CONNECT, patience=PATIENCE
        ) as bus:
            return await permitted(bus, work, login.name)

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
