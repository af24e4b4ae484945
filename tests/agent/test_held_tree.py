"""What a running agent holds, and ``zester-peel show`` tells of it afterwards."""

from __future__ import annotations

import json
import sys

import anyio
import pytest

from support.peel import MakePeel, Push, status_of, until
from zester.bus.link.connection import Bus
from zester.bus.server.embedded import EmbeddedServer

pytestmark = pytest.mark.anyio

TREE: dict[str, str | None] = {
    "states/top.zy": "base:\n  N@all:\n    - web\n",
    "states/web.zy": "#!py\ndef run():\n    text = __pillar__['text'] + __grains__['id']\n"
    "    return {'/made': {'file.managed': [{'contents': text}]}}\n",
    "settings/top.zy": "base:\n  '*':\n    - s\n",
    "settings/s.zy": "text: 'made on '\n",
    "nodegroups.yaml": "all: ['web*']\n",
}


async def test_python_states_and_node_groups_work_in_the_agent_and_in_show(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push
) -> None:
    async def applied() -> bool:
        status = await status_of(bus)
        return status is not None and status.applied.get("cli") == 1

    async with make_peel(server.url).running() as peel:
        await push(TREE)
        await until("applied", applied)
        assert (peel.root / "made").read_text().strip() == "made on web-01"
        state = peel.root.parent / "state"

    command = [sys.executable, "-m", "zester_peel.main", "show", "lowstate", "--reveal"]
    done = await anyio.run_process(
        [*command, "--state-dir", str(state), "--id", "web-01", "-o", "json"], check=False
    )
    assert done.returncode == 0, done.stderr
    (chunk,) = json.loads(done.stdout)
    assert (chunk["name"], chunk["contents"]) == ("/made", "made on web-01")
