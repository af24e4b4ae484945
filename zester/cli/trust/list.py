"""``zester trust list``: who has what, until when."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

from zester.cli.console.output import dump, output_option, stamp, table
from zester.cli.console.problems import printable
from zester.cli.trust.expiry import Ending, endings
from zester.cli.trust.options import realm_argument
from zester.trust.disk.ledger import Ledger, User
from zester.trust.disk.realm_folder import read_ledger


@click.command("list")
@realm_argument
@click.option("--env", help="Only one environment.")
@click.option("--all", "everybody", is_flag=True, help="Also who was revoked or has expired.")
@output_option
def list_users(folder: Path, env: str | None, everybody: bool, fmt: str) -> None:
    """Show who was given credentials, and what ends when. Needs no passphrase and no server.

    Peels are not here: `zester enroll list` shows them.
    """
    ledger = read_ledger(folder)
    now = time.time()
    users = [
        user
        for user in ledger.users
        if (env is None or user.env == env) and (everybody or user.valid(now))
    ]
    ends = [end for end in endings(folder, ledger) if not end.user]
    if fmt != "table":
        dump(_document(ledger, users, ends), fmt)
        return
    click.echo(f"operator {ledger.operator}, servers {printable(', '.join(ledger.site.url))}")
    for name, state in ledger.environments.items():
        click.echo(f"environment {printable(name)}: trust bundle {state.serial}")
    for end in ends:
        click.echo(f"{end.what}: until {stamp(end.expires)}")
    click.echo()
    columns = ("ENV", "TIER", "NAME", "STATE", "ISSUED", "UNTIL", "KEY")
    table(columns, [_row(user, now) for user in users])


def state_of(user: User, now: float) -> str:
    """Return ``valid``, ``expired`` or ``revoked``."""
    if user.revoked is not None:
        return "revoked"
    return "valid" if user.valid(now) else "expired"


def _row(user: User, now: float) -> tuple[str, ...]:
    until = "-" if user.expires is None else stamp(user.expires)
    state = state_of(user, now)
    return (user.env, user.tier, user.name, state, stamp(user.issued), until, user.key)


def _document(ledger: Ledger, users: list[User], ends: list[Ending]) -> dict[str, Any]:
    now = time.time()
    return {
        "operator": ledger.operator,
        "url": list(ledger.site.url),
        "environments": {env: state.serial for env, state in ledger.environments.items()},
        "certificates": {end.what: end.expires for end in ends},
        "users": [{**user.model_dump(mode="json"), "state": state_of(user, now)} for user in users],
    }
