"""How the peels of a dev set-up get in: with a join token, as any machine does."""

from __future__ import annotations

import secrets
import sys
import time
from contextlib import suppress
from pathlib import Path

import anyio

from zester.bus.buckets import LEASES
from zester.bus.link.connection import Bus, open_bus
from zester.bus.records import Records
from zester.cli.console.context import Context
from zester.cli.dev.foundation import ENV, Foundation
from zester.cli.enroll.token.drawer import Drawer
from zester.errors import BusUnavailable, SettingsError
from zester.resources.enrollment.invitation import Invitation
from zester.resources.enrollment.join_token import JoinToken
from zester.trust.nkeys import KeyKind, KeyPair

LIFETIME = 600
"""Seconds that the join token of one `zester dev up` can be used."""

PATIENCE = 30.0

ADMITTING = "role.enrollment"
"""Key of the lease of the master who admits machines."""


async def admit(foundation: Foundation, peels: dict[str, Path]) -> None:
    """Enrol peels by name, each with its state folder; raises SettingsError naming one that fails.

    One that is enrolled already stays what it is.
    """
    if not peels:
        return
    word = await _invite(foundation, uses=len(peels))
    async with anyio.create_task_group() as tasks:
        for name, state in peels.items():
            tasks.start_soon(_enroll, name, state, word)


async def _invite(foundation: Foundation, uses: int) -> str:
    """Return a join token, once the master has made a place for it."""
    client, key = foundation.client, KeyPair.generate(KeyKind.USER)
    now = int(time.time())
    token = JoinToken(
        id=secrets.token_hex(8),
        env=ENV,
        key=key.public,
        uses=uses,
        expires=now + LIFETIME,
        created=now,
        note="zester dev",
    )
    async with open_bus([foundation.url], name="zester-dev", login=foundation.login()) as bus:
        await _store(bus, token, Context(None, str(foundation.folder), ENV))
    return Invitation(
        url=client.context.url,
        env=ENV,
        operator=client.context.operator,
        ca=client.authorities(),
        id=token.id,
        seed=key.seed,
    ).text()


async def _store(bus: Bus, token: JoinToken, context: Context) -> None:
    """Store the token once the master answers those who ask."""
    await wait_for_master(bus)
    drawer = await Drawer.open(bus, context)
    await drawer.put(token)


async def wait_for_master(bus: Bus) -> None:
    """Return once a master admits machines: then everything is there that it makes.

    Raises SettingsError.
    """
    leases = Records(bus, LEASES)
    with anyio.move_on_after(PATIENCE):
        while True:
            with suppress(BusUnavailable):  # the master has not made the buckets yet
                if await leases.get(ADMITTING) is not None:
                    return
            await anyio.sleep(0.05)
    raise SettingsError(f"the master admits nobody within {PATIENCE:g} s")


async def _enroll(name: str, state: Path, word: str) -> None:
    command = [
        *(sys.executable, "-m", "zester_peel.main", "enroll", "--id", name, "--token", "-"),
        *("--state-dir", str(state), "--timeout", str(PATIENCE)),
    ]
    done = await anyio.run_process(command, input=word.encode(), check=False)
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise SettingsError(f"{name} was not admitted: {said[-1] if said else 'it said nothing'}")
