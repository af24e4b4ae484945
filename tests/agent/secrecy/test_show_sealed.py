"""``zester-peel show`` on a peel that holds sealed settings: hidden, unless somebody asks."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest

from support.peel import MakePeel, applied, until
from support.sealing import Sealing
from support.trusted import shared_realm
from zester.bus.link.connection import Bus
from zester.bus.server.embedded import EmbeddedServer
from zester.telemetry.redaction.redactor import MARK

pytestmark = pytest.mark.anyio

SECRET = "Tr0ub4dor-and-3-horses"  # noqa: S105 - of nobody
TREE = {
    "states/top.zy": "base:\n  '*': [web]\n",
    "states/web.zy": "/p:\n  file.managed:\n    - contents: '{{ pillar.pw | upper }}'\n",
    "settings/top.zy": "base:\n  '*': [own]\n",
    "settings/own.zy": f"pw: {SECRET}\n",
}


async def show(state: Path, *args: str) -> Any:  # noqa: ANN401 - any JSON
    command = [sys.executable, "-m", "zester_peel.main", "show", *args, "-o", "json"]
    options = ["--state-dir", str(state), "--id", "web-01"]
    done = await anyio.run_process([*command, *options], check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


async def test_what_a_peel_holds_is_hidden_unless_somebody_asks(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, tmp_path: Path
) -> None:
    sealing, peel = Sealing.of(shared_realm()), make_peel(server.url)
    await sealing.enrol(bus, "web-01", peel.identity.key)
    async with sealing.room(bus):
        await sealing.push(bus, tmp_path / "tree", TREE)
        async with peel.running():
            await until("it is applied", lambda: applied(bus, 1))
    state = peel.settings.state_dir
    assert await show(state, "settings") == {"pw": MARK}
    (chunk,) = await show(state, "lowstate")
    assert (chunk["name"], chunk["contents"]) == ("/p", MARK)
    assert await show(state, "settings", "--reveal") == {"pw": SECRET}
    (chunk,) = await show(state, "lowstate", "--reveal")
    assert chunk["contents"] == SECRET.upper()
