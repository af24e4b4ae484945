"""``zester-peel enroll``: ask a master to let this machine in."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import anyio
import click

from zester.bus.link.connection import open_bus
from zester.cli.console.problems import printable
from zester.cli.console.verb import Verb
from zester.dataclass import dataclass
from zester.errors import BusUnavailable, EnrollmentRefused, SettingsError
from zester.resources.enrollment.invitation import Invitation
from zester.trust.address import secure_urls
from zester.trust.nkeys import KeyKind, decode_public
from zester.trust.tokens import read_token
from zester_peel.agent.identity.asking import Heard, ask, keep
from zester_peel.agent.identity.description import describe_machine
from zester_peel.agent.identity.documents import Being, Pin
from zester_peel.agent.identity.identity import Identity
from zester_peel.agent.identity.login import GuestLogin
from zester_peel.agent.identity.machine_mark import bind
from zester_peel.agent.identity.renewal import GUEST_SUBJECT
from zester_peel.agent.state_lock import StateLock
from zester_peel.facts.identity import default_id
from zester_peel.settings import PeelSettings

PENDING = 3
"""Exit code while an operator has still to decide."""

RETRY_FIRST, RETRY_MAX = 2.0, 60.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for; ``patience`` in seconds, None = for ever."""

    being: Being
    pin: Pin | None
    invitation: Invitation | None
    first_use: bool
    wait: bool
    patience: float | None


@click.command(
    cls=Verb,
    exits={0: "accepted", 1: "refused or failed", PENDING: "still waiting for an operator"},
)
@click.option("--config", type=click.Path(path_type=Path), help="Default: /etc/zester/peel.yaml")
@click.option("--id", "id_", help="Default: this machine's fully qualified name.")
@click.option("--url", metavar="URL[,URL…]", help="NATS servers (tls://…); a join token has them.")
@click.option("--env", help="Environment to follow; a join token has it. Default: base.")
@click.option("--state-dir", type=click.Path(path_type=Path), help="Default: /var/lib/zester/peel")
@click.option(
    "--token",
    envvar="ZESTER_JOIN_TOKEN",
    metavar="WORD|-",
    help="Join token; - reads it from stdin, so that no list of processes shows it.",
)
@click.option("--pin", metavar="OPERATOR", help="Public key of the operator to believe (O…).")
@click.option(
    "--trust-on-first-use", is_flag=True, help="Believe whichever operator answers. Recorded."
)
@click.option(
    "--ca", type=click.Path(path_type=Path), help="Certificates (PEM) to believe of the servers."
)
@click.option("--wait/--no-wait", default=True, help="Wait for an operator's word. Default: wait.")
@click.option(
    "--moved", is_flag=True, help="The identity was moved to this machine, no other one has it."
)
@click.option("--timeout", type=float, metavar="SECONDS", help="Wait no longer.")
def enroll(
    config: Path | None,
    id_: str | None,
    url: str | None,
    env: str | None,
    state_dir: Path | None,
    token: str | None,
    pin: str | None,
    trust_on_first_use: bool,
    ca: Path | None,
    moved: bool,
    wait: bool,
    timeout: float | None,
) -> None:
    """Make a key for this machine, ask a master to let it in, keep what it answers.

    Asking again after any interruption goes on with the same key. Whom to believe comes from a
    join token, from --pin, or (only with --trust-on-first-use) from the first answer.
    """
    invitation = _invitation(token)
    given = {"id": id_, "url": url, "env": env, "state_dir": state_dir}
    settings = PeelSettings.load(config, given, lambda: "unnamed")
    before = Identity.begun(settings.state_dir)
    settings = PeelSettings.load(config, given, lambda: before.id if before else default_id())
    being = _being(settings, invitation, before)
    pinned = _pin(invitation, pin, ca, anybody=trust_on_first_use)
    wanted = Wanted(being, pinned, invitation, trust_on_first_use, wait, timeout)
    with StateLock(settings.state_dir):
        identity = Identity.begin(settings.state_dir, being)
        bind(identity, moved=moved)
        if pinned is not None and identity.pin is None:
            identity.keep_pin(pinned)
        elif pinned is not None and identity.pin is not None:
            identity.keep_pin(identity.pin.model_copy(update={"operator": pinned.operator}))
        elif identity.pin is None and not trust_on_first_use:
            raise SettingsError(
                "nobody said which operator to believe",
                hint="use --token, or --pin with the key that `zester trust list DIR` shows, "
                "or --trust-on-first-use",
            )
        raise SystemExit(anyio.run(_enroll, identity, wanted))


def _invitation(word: str | None) -> Invitation | None:
    if not word:
        return None
    return Invitation.parse(sys.stdin.read() if word == "-" else word)


def _being(settings: PeelSettings, invitation: Invitation | None, before: Being | None) -> Being:
    """What the machine is to be: as it was told, as the join token says, or as it was before."""
    env, url = settings.env, settings.url
    if before is not None:
        url = url or (before.url if invitation is None else ())
        env = env if "env" in settings.model_fields_set else before.env
    if invitation is not None:
        if "env" in settings.model_fields_set and env != invitation.env:
            raise SettingsError(
                f"the join token is for environment {invitation.env!r}, not {env!r}",
                hint="leave --env out",
            )
        env = invitation.env
        url = url or invitation.url
    return Being(id=settings.id, env=env, url=secure_urls(url))


def _pin(
    invitation: Invitation | None, key: str | None, ca: Path | None, *, anybody: bool
) -> Pin | None:
    """The operator to believe, and the certificates; raises SettingsError, InvalidToken."""
    if sum((invitation is not None, key is not None, anybody)) > 1:
        raise SettingsError("use one of --token, --pin and --trust-on-first-use")
    now = int(time.time())
    if invitation is not None:
        operator, how = invitation.operator, "token"
        authorities: tuple[str, ...] | None = invitation.ca
    elif key is not None:
        decode_public(key, KeyKind.OPERATOR)
        operator, how, authorities = key, "key", None
    else:
        return None
    if ca is not None:
        authorities = (ca.read_text(encoding="ascii"),)
    return Pin.model_validate(
        {"operator": operator, "how": how, "at": now, "authorities": authorities}
    )


async def _enroll(identity: Identity, wanted: Wanted) -> int:
    if _still_in(identity):
        click.echo(f"{identity.id} is already enrolled in {identity.env}")
        return 0
    click.echo(f"{identity.id} asks with key {identity.key.public}", err=True)
    told = ""
    pause = RETRY_FIRST
    with anyio.move_on_after(wanted.patience):
        while True:
            try:
                heard = await _ask(identity, wanted)
            except BusUnavailable as error:
                if not wanted.wait:
                    raise
                text = f"no answer yet: {printable(error.message)}"
                pause = min(RETRY_MAX, pause * 2)
            else:
                keep(identity, heard)
                if heard.answer.verdict == "accepted":
                    return _accepted(identity, heard)
                if heard.answer.verdict == "rejected":
                    raise _refusal(heard)
                text = printable(heard.answer.message)
                pause = heard.answer.retry_after or RETRY_FIRST
            if text != told:
                click.echo(text, err=True)
                told = text
            if not wanted.wait:
                return PENDING
            await anyio.sleep(pause)
    return PENDING


def _still_in(identity: Identity) -> bool:
    if not identity.enrolled or identity.passes is None:
        return False
    expires = read_token(identity.passes.peel).expires
    return expires is None or expires > time.time()


async def _ask(identity: Identity, wanted: Wanted) -> Heard:
    servers = identity.being.url
    async with open_bus(servers, name="peel enroll", login=GuestLogin(identity)) as bus:
        return await ask(
            bus,
            identity,
            GUEST_SUBJECT,
            machine=describe_machine(),
            invitation=wanted.invitation,
            first_use=wanted.first_use,
        )


def _accepted(identity: Identity, heard: Heard) -> int:
    if identity.problem:
        raise SettingsError(
            f"accepted, but it cannot be kept: {identity.problem}",
            hint="make room on the disk and run this again: the same key is let in again",
        )
    labels = ", ".join(f"{key}={value}" for key, value in heard.answer.labels.items())
    click.echo(
        f"{identity.id} is enrolled in {identity.env}"
        + (f" with labels {labels}" if labels else "")
    )
    if heard.pin.how == "first-use":
        click.echo(f"operator {heard.pin.operator} is believed because it was the first", err=True)
    return 0


def _refusal(heard: Heard) -> EnrollmentRefused:
    answer = heard.answer
    return EnrollmentRefused(
        f"the master said no ({answer.reason}): {answer.message or 'it did not say why'}"
    )
