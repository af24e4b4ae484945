"""A peel whose settings are full of canaries: none gets out, nor what was made from one."""

from __future__ import annotations

import hashlib
import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from support.canaries import Detector, canary
from support.peel import MakePeel, Peel, Push, status_of, until
from zester.bus.link.connection import Bus
from zester.bus.link.message import Message
from zester.bus.server.embedded import EmbeddedServer
from zester.telemetry.logs import setup
from zester_peel.agent.store import Store

pytestmark = pytest.mark.anyio

CANARIES = [canary(number) for number in range(60)]
DIGESTS = [hashlib.sha256(each.encode()).hexdigest() for each in CANARIES]

STATES = """
{% for number in range(5) %}
{% set one = pillar.canaries[number] %}
file-{{ number }}:
  file.managed:
    - name: /made/{{ number }}
    - source: salt://conf.j2
    - template: jinja
    - makedirs: True
    - context: {one: {{ one | json }}}
    - fire_event: made/{{ number }}
told-{{ number }}:
  cmd.run:
    - name: 'printf "%s" "$ONE" | base64 -w 20; printf "%s" "$ONE"; echo {{ one | sha256 }}'
    - env: [{ONE: {{ one | json }}}]
fails-{{ number }}:
  test.configurable_test_state:
    - name: {{ (one ~ ' fails') | json }}
    - changes: True
    - result: False
    - comment: {{ ('it is ' ~ one ~ ' ' ~ (one | sha256)) | json }}
    - fire_event: True
{{ ('id ' ~ pillar.canaries[number + 10]) | json }}:
  no.such:
    - a: {{ one | json }}
{% endfor %}
serialized:
  file.serialize:
    - name: /made/data
    - dataset_pillar: canaries
    - serializer: json
"""
CONF = """# public line
one = {{ one }}
digest = {{ one | sha256 }}
up = {{ one | upper }}
all = {{ pillar.canaries | tojson | base64_encode }}
"""


def settings(shift: int) -> str:
    """Return a settings file with the canaries from a number on."""
    return "#!json\n" + json.dumps({"canaries": CANARIES[shift : shift + 30], "n": {"deep": [1]}})


TREE: dict[str, str | None] = {
    "states/top.zy": "base:\n  '*':\n    - web\n",
    "states/web.zy": STATES,
    "states/conf.j2": CONF,
    "settings/top.zy": "base:\n  '*':\n    - secret\n",
    "settings/secret.zy": settings(0),
}


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """The log of this process, as the peel writes it."""
    stream = io.StringIO()
    root = logging.getLogger()
    before = root.level
    yield stream
    for handler in root.handlers[:]:
        if getattr(handler, "stream", None) is stream:
            root.removeHandler(handler)
    root.setLevel(before)


async def follow(peel: Peel, bus: Bus, revision: int) -> None:
    async def applied() -> bool:
        status = await status_of(bus)
        return status is not None and status.applied.get("cli") == revision

    await until(f"revision {revision} is applied", applied, timeout=60)
    store = Store(peel.settings.state_dir / "peel.db")
    await until("all is told", lambda: not store.pending_reports(), timeout=60)
    store.close()


async def test_no_canary_gets_out_of_a_peel(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push, log: io.StringIO
) -> None:
    heard: list[bytes] = []

    def hear(message: Message) -> None:
        place = message.subject + message.headers.get("Nats-Subject", "")
        if ".blobs." not in place:  # what is sealed there is another's to test
            heard.append(message.subject.encode() + b" " + message.data)

    await bus.subscribe(">", hear)
    peel = make_peel(server.url)
    setup("DEBUG", stream=log, redactor=peel.agent.converger.vault)
    async with peel.running():
        await push(TREE)
        await follow(peel, bus, 1)
        made = (peel.root / "made/0").read_text()
        assert CANARIES[0] in made
        assert DIGESTS[0] in made
        await push({"settings/secret.zy": settings(30)})
        await follow(peel, bus, 2)
        await push({"states/web.zy": "a: {{ pillar.canaries[0] | json }}\n b: c"})

        async def stalled() -> bool:
            status = await status_of(bus)
            return status is not None and bool(status.stalled)

        await until("the broken tree is told", stalled)
        (peel.root / "made/1").write_text("tampered")
        await anyio.sleep(0.5)
    told = b"\n".join((*heard, log.getvalue().encode()))
    assert b"public line" in told
    state = peel.settings.state_dir
    kept = {path: path.read_bytes() for path in state.rglob("*") if path.is_file()}
    kept = {path: data for path, data in kept.items() if "blobs" not in path.parts}
    assert {path.name for path in kept} >= {"peel.db", "followed.json"}
    detector = Detector([*CANARIES, *DIGESTS, *(each.upper() for each in CANARIES)])
    assert detector.found(told) == set()
    for path, data in kept.items():
        assert detector.found(data) == set(), path


def test_the_test_would_find_them(tmp_path: Path) -> None:
    detector = Detector([*CANARIES, *DIGESTS])
    assert detector.found(settings(0).encode()) == set(CANARIES[:30])
    assert detector.found(" ".join(DIGESTS).encode()) == set(DIGESTS)
