"""``zester-peel call`` on the tree that the agent held last, sealed settings and all."""

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
    "states/web.zy": "/p:\n  file.managed:\n    - contents_pillar: pw\n"
    "/q:\n  file.managed:\n    - source: salt://web.data\n    - template: jinja\n",
    "states/web.data": "on {{ grains.id }}\n",
    "settings/top.zy": "base:\n  '*': [own]\n",
    "settings/own.zy": f"pw: {SECRET}\n",
}


async def call(folder: Path, *words: str) -> Any:  # noqa: ANN401 - any JSON
    command = [sys.executable, "-m", "zester_peel.main", "call", "-o", "json"]
    options = ["--state-dir", str(folder / "state"), "--root", str(folder / "root")]
    done = await anyio.run_process([*command, *options, *words], check=False)
    assert done.returncode == 0, done.stderr
    assert SECRET not in (done.stdout + done.stderr).decode() or "--reveal" in words
    return json.loads(done.stdout)["local"]


async def test_what_the_agent_held_is_applied_again_without_it(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, tmp_path: Path
) -> None:
    sealing, peel = Sealing.of(shared_realm()), make_peel(server.url)
    await sealing.enrol(bus, "web-01", peel.identity.key)
    async with sealing.room(bus):
        await sealing.push(bus, tmp_path / "tree", TREE)
        async with peel.running():
            await until("it is applied", lambda: applied(bus, 1))
    folder = peel.settings.root.parent
    (folder / "root/p").unlink()
    (folder / "root/q").write_text("defaced")
    states = await call(folder, "state.apply")
    assert [entry["result"] for entry in states.values()] == [True, True]
    assert (folder / "root/p").read_text() == f"{SECRET}\n"
    assert (folder / "root/q").read_text() == "on web-01\n"
    assert await call(folder, "grains.get", "id") == "web-01"
    assert await call(folder, "pillar.get", "pw") == MARK
    assert await call(folder, "pillar.get", "pw", "--reveal") == SECRET
