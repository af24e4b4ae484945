"""Settings on a peel: opened in memory, by whom they were granted to, and by nobody else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from support.peel import MakePeel, Peel, applied, status_of, until
from support.sealing import Sealing, written
from zester.bus.buckets import GRANTS, STATUS
from zester.bus.fleet import read_fleet
from zester.bus.keys import make_key
from zester.bus.link.connection import Bus
from zester.bus.link.message import Message
from zester.bus.records import Records
from zester.bus.server.embedded import EmbeddedServer
from zester.bus.signed import place_of
from zester.cli.wait import Progress, progress_of
from zester.errors import CannotOpen
from zester.resources.nodes.status import PeelStatus
from zester.resources.sealing.grants import Grants
from zester.resources.sealing.sealed_value import SealedValue
from zester.telemetry.metrics import Metrics
from zester.trees.sealed.keyring import Keyring
from zester.trees.sealed.scopes import scope_of
from zester.trust.envelope import read_envelope
from zester.trust.sealing import BoxKey
from zester.trust.tokens import decode_part
from zester_controller.grants.keyring import KeyringMaker
from zester_peel.agent.belief import grant_wait

Admit = Callable[[str], Awaitable[Peel]]

pytestmark = pytest.mark.anyio

SECRET = "xyzzy-plugh-4711"  # noqa: S105 - what must be found nowhere
STATE = """
/motd:
  file.managed:
    - contents: {{ pillar['motd'] }}
{% if pillar.get('password') %}
/password:
  file.managed:
    - contents: {{ pillar['password'] }}
    - mode: "0600"
{% endif %}
"""
TREE = {
    "states/top.zy": "base:\n  '*': [web]\n",
    "states/web.zy": STATE,
    "settings/top.zy": "base:\n  '*': [common]\n  'db-*': [db]\n",
    "settings/common.zy": "motd: hello\n",
    "settings/db.zy": "{% set p = '" + SECRET + "' %}\npassword: {{ p }}\n",
}


def holds(folder: Path, word: str) -> list[Path]:
    """Files below a folder that hold a word."""
    data = word.encode()
    return [p for p in folder.rglob("*") if p.is_file() and data in p.read_bytes()]


async def test_a_peel_uses_what_it_was_granted_and_keeps_it_sealed(
    server: EmbeddedServer, bus: Bus, admit: Admit, sealing: Sealing, tmp_path: Path
) -> None:
    db, web = await admit("db-1"), await admit("web-1")
    async with sealing.room(bus):
        await sealing.push(bus, tmp_path / "tree", TREE)
        async with db.running(), web.running():
            await until("db-1", lambda: applied(bus, 1, "db-1"))
            await until("web-1", lambda: applied(bus, 1, "web-1"))
    assert (db.root / "password").read_text().strip() == SECRET
    assert (web.root / "motd").read_text().strip() == "hello"
    assert not (web.root / "password").exists()
    caches = [db.settings.state_dir / name for name in ("blobs", "templates", "trust")]
    assert not any(holds(folder, SECRET) for folder in caches)
    assert not holds(web.settings.state_dir, SECRET)
    assert not holds(server.folder, SECRET)
    assert holds(db.settings.state_dir / "templates", "pillar")  # templates of states are kept


async def test_a_push_with_new_settings_is_no_failure_until_their_keys_are_granted(
    bus: Bus, admit: Admit, sealing: Sealing, tmp_path: Path
) -> None:
    db, seen = await admit("db-1"), set()

    def note(message: Message) -> None:
        for each in PeelStatus.decode(message.data).conditions:
            seen.add((each.type, each.reason))

    await bus.subscribe(STATUS.live("*"), note)
    async with db.running():
        async with sealing.room(bus):
            await sealing.push(bus, tmp_path / "tree", TREE)
            await until("the first", lambda: applied(bus, 1, "db-1"))
        # no master: keys are made, but nobody grants them
        authority = KeyringMaker(bus, sealing.authority, Metrics())
        await authority.make([scope_of("cli", "settings/new.zy")], rotate=False)
        files = {"settings/top.zy": "base:\n  '*': [common, new]\n", "settings/new.zy": "a: 1\n"}
        await sealing.push(bus, tmp_path / "tree", files)
        await until("it waits", lambda: ("Reconciling", "WaitingForGrant") in seen)
        view = (await read_fleet(bus))["db-1"]
        assert progress_of(view, "cli", 2) is Progress.WORKING
        async with sealing.room(bus, "two"):
            await until("the second", lambda: applied(bus, 2, "db-1"))
        view = (await read_fleet(bus))["db-1"]
        assert progress_of(view, "cli", 2) is Progress.READY
    assert "Stalled" not in {kind for kind, _ in seen}


async def test_a_peel_that_was_not_granted_a_file_says_so_and_goes_on_when_it_is(
    server: EmbeddedServer,
    bus: Bus,
    make_peel: MakePeel,
    sealing: Sealing,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(grant_wait, "PATIENCE", 0.3)
    db = make_peel(server.url, "db-1")
    async with sealing.room(bus):
        await sealing.push(bus, tmp_path / "tree", TREE)
        async with db.running():

            async def stalled() -> bool:
                status = await status_of(bus, "db-1")
                found = status.conditions if status else ()
                return any(each.reason == "NotGranted" for each in found)

            await until("the reason", stalled)
            status = await status_of(bus, "db-1")
            assert status is not None
            told = " ".join(each.message for each in status.conditions)
            assert "settings/common.zy" in told
            assert not (db.root / "motd").exists()
            await sealing.enrol(bus, "db-1", db.identity.key)
            await until("db-1", lambda: applied(bus, 1, "db-1"))
    assert (db.root / "password").read_text().strip() == SECRET


async def test_a_peel_starts_again_without_bus_and_master(
    bus: Bus, make_peel: MakePeel, admit: Admit, sealing: Sealing, tmp_path: Path
) -> None:
    db = await admit("db-1")
    async with sealing.room(bus):
        await sealing.push(bus, tmp_path / "tree", TREE)
        async with db.running():
            await until("db-1", lambda: applied(bus, 1, "db-1"))
    (db.root / "password").unlink()
    again = make_peel("nats://127.0.0.1:1", "db-1")
    async with again.running():
        await until("the file", (db.root / "password").exists)
    assert (db.root / "password").read_text().strip() == SECRET


async def grant_of(bus: Bus, node: str) -> bytes:
    record = await Records(bus, GRANTS).get(make_key(node))
    assert record is not None
    return record.value


async def test_hostile_grants_are_refused_by_name_and_change_nothing(
    server: EmbeddedServer,
    bus: Bus,
    make_peel: MakePeel,
    admit: Admit,
    sealing: Sealing,
    tmp_path: Path,
) -> None:
    db, _ = await admit("db-1"), await admit("web-1")
    records = Records(bus, GRANTS)
    async with sealing.room(bus):
        await sealing.push(bus, tmp_path / "tree", TREE)
        async with db.running():
            await until("db-1", lambda: applied(bus, 1, "db-1"))
            first = await grant_of(bus, "db-1")
            files = {"settings/top.zy": "base:\n  '*': [common]\n  'db*': [db, more]\n"}
            files["settings/more.zy"] = "more: 1\n"
            await sealing.push(bus, tmp_path / "tree", files)
            await until("db-1", lambda: applied(bus, 2, "db-1"))
            newest = await grant_of(bus, "db-1")
            other = await grant_of(bus, "web-1")
    place = place_of(GRANTS, "db-1")
    payload = Grants.decode(read_envelope(newest).payload)
    swapped = Grants.decode(read_envelope(other).payload).model_copy(
        update={"id": "db-1", "serial": payload.serial + 1}
    )
    lying = payload.model_copy(update={"id": "web-1", "serial": payload.serial + 2})
    damaged = payload.model_copy(update={"box": payload.box[:-8], "serial": payload.serial + 3})
    master, publisher = sealing.master.signer, sealing.publisher.signer
    attacks = {
        "WrongAddressee": other,  # that of another peel
        "StaleRevision": first,  # an older generation
        "CannotOpen": master.sign(place, swapped.encode()),  # the box of another peel
        "WrongTier": publisher.sign(place, payload.encode()),
        "Unsigned": payload.encode(),
        "InvalidToken": newest[:-20],
    }
    more = [
        master.sign(place, lying.encode()),
        master.sign(place, damaged.encode()),
        master.sign(place, b"{}"),
    ]
    db = make_peel(server.url, "db-1")
    async with db.running():
        await until("connected", lambda: db.agent.belief.grants.keys and db.agent.bus.connected)
        keys = db.agent.belief.grants.keys
        for reason, data in [*attacks.items(), *((None, data) for data in more)]:
            await records.put(make_key("db-1"), data)

            def refused(reason: str | None = reason) -> bool:
                error = db.agent.belief.problems.get("granted keys")
                return error is not None and reason in (None, error.reason)

            await until(f"refused: {reason}", refused)
            assert db.agent.belief.grants.keys is keys
            await records.put(make_key("db-1"), newest)
            await until("good again", lambda: "granted keys" not in db.agent.belief.problems)


async def test_another_peel_with_its_key_and_the_whole_store_opens_nothing(
    bus: Bus, admit: Admit, sealing: Sealing, tmp_path: Path
) -> None:
    db, web = await admit("db-1"), await admit("web-1")
    async with sealing.room(bus):
        published = await sealing.push(bus, tmp_path / "tree", TREE)
        async with db.running(), web.running():
            await until("db-1", lambda: applied(bus, 1, "db-1"))
            await until("web-1", lambda: applied(bus, 1, "web-1"))
    assert published.moved
    own = BoxKey.of(web.identity.key)
    keys = [BoxKey(key) for held in web.agent.belief.grants.keys.values() for key in held.values()]
    assert scope_of("cli", "settings/db.zy") not in web.agent.belief.grants.keys
    boxes = [decode_part(Grants.decode(read_envelope(await grant_of(bus, "db-1")).payload).box)]
    tree = written(tmp_path / "tree", {})
    assert tree.read("settings/db.zy") is not None
    for cache in (db.settings.state_dir / "blobs").rglob("*"):
        if cache.is_file():
            boxes.append(cache.read_bytes())
    opened = []
    for box in boxes:
        for key in (own, *keys):
            try:
                opened.append(key.open(box))
            except CannotOpen:
                continue
    assert opened == [b"motd: hello\n"]


async def test_encrypted_values_are_opened_on_the_peel_also_imported_ones(
    bus: Bus, admit: Admit, sealing: Sealing, tmp_path: Path
) -> None:
    db = await admit("db-1")
    async with sealing.room(bus):
        keyring = Keyring(bus, sealing.master.verifier)
        paths = ("settings/db.zy", "settings/map.yaml", "settings/common.zy")
        scopes = {path: scope_of("cli", path) for path in paths}
        keys = await keyring.ensure(scopes.values())
        words = {
            path: str(SealedValue.seal(keys[scope].newest.public, 1, f"{SECRET} of {path}"))
            for path, scope in scopes.items()
        }
        files = {
            **TREE,
            "settings/common.zy": f"motd: !encrypted {words['settings/common.zy']}\n",
            "settings/map.yaml": f"own: !encrypted {words['settings/map.yaml']}\n",
            "settings/db.zy": "{% import_yaml 'map.yaml' as map %}\n"
            "password: |\n  !encrypted is kept\n"
            "list: [{{ map.own }}, !encrypted '" + words["settings/db.zy"] + "']\n",
            "states/web.zy": "/motd:\n  file.managed:\n    - contents:\n"
            "      - {{ pillar.motd }}\n      - {{ pillar.list[0] }}\n"
            "      - {{ pillar.list[1] }}\n",
        }
        await sealing.push(bus, tmp_path / "tree", files)
        async with db.running():
            await until("db-1", lambda: applied(bus, 1, "db-1"))
            text = (db.root / "motd").read_text()
            assert text.split("\n")[:3] == [
                f"{SECRET} of {path}"
                for path in ("settings/common.zy", "settings/map.yaml", "settings/db.zy")
            ]
            # the word of another file is for that file alone
            foreign = f"motd: !encrypted {words['settings/db.zy']}\n"
            await sealing.push(bus, tmp_path / "tree", {"settings/common.zy": foreign})

            async def refused() -> bool:
                status = await status_of(bus, "db-1")
                found = status.conditions if status else ()
                return any(each.reason == "CannotOpen" for each in found)

            await until("the reason", refused)
            assert (db.root / "motd").read_text() == text
