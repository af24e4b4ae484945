"""10,000 canaries in the settings of 200 peels: nowhere but where states put them.

Looked at: everything on the bus with full rights, the server's files, every file a peel keeps, and
its log.
"""

from __future__ import annotations

import functools
import hashlib
import io
import json
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import anyio
import pytest

from support.canaries import Detector, canary
from support.peel import Peel, status_of, until
from support.sealing import Sealing, written
from support.trusted import publisher, shared_realm
from zester.bus.link.connection import Bus
from zester.bus.link.message import Message
from zester.bus.server.embedded import EmbeddedServer
from zester.telemetry.logs import setup
from zester.telemetry.redaction.vault import Vault
from zester.trees.publish import Destination, publish_tree
from zester_peel.settings import PeelSettings

pytestmark = pytest.mark.anyio

PEELS, EACH, AT_ONCE = 200, 50, 20
CANARIES = [canary(number) for number in range(PEELS * EACH)]
NAMES = [f"n-{number:03d}" for number in range(PEELS)]

STATES = """
conf:
  file.managed:
    - name: /conf
    - source: salt://conf.j2
    - template: jinja
told:
  cmd.run:
    - name: 'printf %s "$ONE" | base64; printf %s "$ONE"; echo {{ pillar.canaries[1] | sha256 }}'
    - env: [{ONE: {{ pillar.canaries[0] | json }}}]
fails:
  test.configurable_test_state:
    - changes: True
    - result: False
    - comment: {{ ('it is ' ~ pillar.canaries[2] ~ (pillar.canaries[3] | upper)) | json }}
    - fire_event: True
{{ pillar.canaries[4] | json }}:
  no.such: []
"""
CONF = """# public line
{% for one in pillar.canaries %}
one = {{ one }}
digest = {{ one | sha256 }}
{% endfor %}
"""


def tree() -> dict[str, str]:
    """Return the tree: a settings file with its own canaries for each peel."""
    files = {
        "states/top.zy": "base:\n  '*':\n    - web\n",
        "states/web.zy": STATES,
        "states/conf.j2": CONF,
        "settings/top.zy": json.dumps({"base": {name: [name] for name in NAMES}}),
    }
    for number, name in enumerate(NAMES):
        own = CANARIES[number * EACH : (number + 1) * EACH]
        files[f"settings/{name}.zy"] = "#!json\n" + json.dumps({"canaries": own})
    return files


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the peels of this process log."""
    root, stream = logging.getLogger(), io.StringIO()
    level = root.level
    yield stream
    for handler in root.handlers[:]:
        if getattr(handler, "stream", None) is stream:
            root.removeHandler(handler)
    root.setLevel(level)


def capture(heard: list[bytes], message: Message) -> None:
    headers = json.dumps(dict(message.headers)).encode()
    heard.append(b"\n".join((message.subject.encode(), headers, message.data)))


def redact(vaults: Sequence[Vault], text: str) -> str:
    """Do for several peels in one process what each does in its own."""
    for vault in vaults:
        text = vault(text)
    return text


async def run(peel: Peel) -> None:
    """Let a peel converge and tell of it; then stop it."""
    node, store = peel.settings.id, peel.agent.store
    async with peel.running():
        await until(f"{node} has run", lambda: peel.runs("revision"), timeout=120)
        await until(f"{node} has told", lambda: not store.pending_reports(), timeout=120)


@pytest.mark.timeout(900)  # 40 s on two cores that have nothing else to do
async def test_no_canary_gets_out(
    server: EmbeddedServer,
    bus: Bus,
    tmp_path: Path,
    log: io.StringIO,
) -> None:
    sealing, heard = Sealing.of(shared_realm()), list[bytes]()
    await bus.subscribe(">", lambda message: capture(heard, message))
    peels: list[Peel] = []
    for name in NAMES:
        settings = PeelSettings(
            id=name,
            url=(server.url,),
            root=tmp_path / "roots" / name,
            state_dir=tmp_path / "states" / name,
        )
        settings.root.mkdir(parents=True)
        peels.append(Peel(settings))
        await sealing.enrol(bus, name, peels[-1].identity.key)
    async with sealing.room(bus):
        await sealing.push(bus, tmp_path / "tree", tree())
        for start in range(0, PEELS, AT_ONCE):
            group = peels[start : start + AT_ONCE]
            vaults = [peel.agent.converger.vault for peel in group]

            setup("INFO", stream=log, redactor=functools.partial(redact, vaults))
            async with anyio.create_task_group() as tasks:
                for peel in group:
                    tasks.start_soon(run, peel)
    for number, peel in enumerate(peels):
        assert CANARIES[number * EACH + 7] in (peel.root / "conf").read_text()
    status = await status_of(bus, NAMES[0])
    assert status is not None
    assert len(status.failures) == 2
    told = [*heard, log.getvalue().encode()]
    digests = [hashlib.sha256(each.encode()).hexdigest() for each in CANARIES]
    detector = Detector(CANARIES, digests)
    assert b"public line" in b"".join(told)
    assert detector.found(b"\n".join(told)) == set()
    assert detector.found_below(server.folder) == {}
    assert detector.found_below(tmp_path / "states") == {}


async def test_without_sealing_every_canary_is_found(
    server: EmbeddedServer, bus: Bus, tmp_path: Path
) -> None:
    heard: list[bytes] = []
    await bus.subscribe(">", lambda message: capture(heard, message))
    open_tree = written(tmp_path / "tree", tree())
    await publish_tree(bus, open_tree, Destination("base", "cli"), publisher())
    detector = Detector(CANARIES)
    assert detector.found(b"\n".join(heard)) == set(CANARIES)
    stored = detector.found_below(server.folder).values()
    assert set[str]().union(*stored) == set(CANARIES)
