"""A peel that follows one revision after another: what it keeps of the last is never stale."""

from __future__ import annotations

import pytest

from support.peel import MakePeel, Push, applied, until
from zester.bus.link.connection import Bus
from zester.bus.server.embedded import EmbeddedServer

pytestmark = pytest.mark.anyio

WEB = """\
# {note}
{{% from 'map.jinja' import word %}}
include:
  - part
/srv/plain:
  file.managed:
    - makedirs: True
    - contents: '{{{{ word }}}} {{{{ settings.greeting }}}}'
/srv/copied:
  file.managed:
    - makedirs: True
    - source: salt://data
/srv/rendered:
  file.managed:
    - makedirs: True
    - source: salt://template
    - template: jinja
"""
TREE: dict[str, str | None] = {
    "states/top.zy": "base:\n  '*':\n    - web\n",
    "states/web.zy": WEB.format(note="one"),
    "states/part.zy": "/srv/part:\n  file.managed:\n    - contents: part\n    - makedirs: True\n",
    "states/map.jinja": "{% set word = 'hello' %}",
    "states/data": "one\n",
    "states/template": "{{ settings.greeting }} {% include 'inner' %}\n",
    "states/inner": "inner",
    "settings/top.zy": "base:\n  '*':\n    - all\n",
    "settings/all.zy": "greeting: you\n",
}


async def test_every_change_of_a_tree_arrives_however_little_is_done_for_it(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push
) -> None:
    async with make_peel(server.url).running() as peel:
        revision = 0

        async def follow(changes: dict[str, str | None]) -> dict[str, str]:
            nonlocal revision
            revision += 1
            await push(changes)
            await until(f"revision {revision}", lambda: applied(bus, revision))
            return {path.name: path.read_text() for path in (peel.root / "srv").iterdir()}

        wished = {
            "plain": "hello you\n",
            "copied": "one\n",
            "rendered": "you inner\n",
            "part": "part\n",
        }
        assert await follow(TREE) == wished
        for note in ("two", "three"):
            (peel.root / "srv/plain").write_text("defaced\n")
            (peel.root / "srv/copied").unlink()
            assert await follow({"states/web.zy": WEB.format(note=note)}) == wished

        wished["plain"] = "bye you\n"
        assert await follow({"states/map.jinja": "{% set word = 'bye' %}"}) == wished
        wished["copied"] = "two\n"
        assert await follow({"states/data": "two\n"}) == wished
        wished["rendered"] = "you deep\n"
        assert await follow({"states/inner": "deep"}) == wished
        wished |= {"plain": "bye all\n", "rendered": "all deep\n"}
        assert await follow({"settings/all.zy": "greeting: all\n"}) == wished
        wished["part"] = "other\n"
        part = str(TREE["states/part.zy"]).replace("contents: part", "contents: other")
        assert await follow({"states/part.zy": part}) == wished
        again = WEB.format(note="one more line\n# before all states")
        assert await follow({"states/web.zy": again, "states/data": "three\n"}) == {
            **wished,
            "copied": "three\n",
        }
