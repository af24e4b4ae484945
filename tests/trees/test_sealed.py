"""Sealing trees, and keyrings that somebody meddled with."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from support.sealing import Sealing, written
from support.trusted import bus_as
from zester.bus.buckets import KEYRING
from zester.bus.records import Records
from zester.bus.server.embedded import EmbeddedServer
from zester.bus.signed import place_of
from zester.errors import (
    BusUnavailable,
    CannotOpen,
    InvalidDocument,
    InvalidToken,
    NotGranted,
    StaleRevision,
    Untrusted,
    WrongAddressee,
    WrongTier,
)
from zester.resources.manifest import CHUNK_SIZE, FileEntry, SealedEntry
from zester.resources.sealing.scope_keys import KEPT, ScopeKeys
from zester.resources.sealing.sealed_value import SealedValue
from zester.trees.sealed import keyring as sealed_keyring
from zester.trees.sealed.keyring import Keyring, refuse_older
from zester.trees.sealed.masters import open_half
from zester.trees.sealed.opened import OpenedFiles, sealed_of
from zester.trees.sealed.scopes import scope_of
from zester.trees.sealed.sealer import Sealer
from zester.trust.realm import Realm
from zester.trust.sealing import BoxKey
from zester.trust.tiers import Tier
from zester_controller.grants.keys import OpenedKeys, next_keys

DB, OTHER = "settings/db.zy", "settings/other.zy"
SECRET = b"s" * 32


class Keys:
    """Keys somebody holds."""

    def __init__(self, masters: BoxKey, *scopes: ScopeKeys) -> None:
        self._opened = OpenedKeys(masters)
        self._opened.learn({keys.scope: keys for keys in scopes})

    def find(self, scope: str, generation: int) -> BoxKey | None:
        return self._opened.find(scope, generation)


def keys_of(masters: BoxKey, path: str, generations: int = 1) -> ScopeKeys:
    keys: ScopeKeys | None = None
    for _ in range(generations):
        keys = next_keys(masters, scope_of("cli", path), keys)
    assert keys is not None
    return keys


def test_unchanged_content_keeps_its_digest_and_everything_else_changes_it(tmp_path: Path) -> None:
    masters = BoxKey.generate()
    keys, text = keys_of(masters, DB), "password: xyzzy\n"
    tree = written(tmp_path, {DB: text, "states/a.zy": text, "states/b.zy": "b: 1\n"})

    def digest(secret: bytes = SECRET, keys: ScopeKeys = keys) -> str:
        sealed = Sealer({DB: keys}, {DB: (OTHER,)}, secret).seal(tree)
        assert sealed.manifest.files["states/a.zy"] == tree.manifest.files["states/a.zy"]
        assert sealed.manifest.files[DB].sealed == SealedEntry(
            keys.scope, keys.newest.generation, (OTHER,)
        )
        return sealed.manifest.files[DB].digest

    assert digest() == digest()
    assert digest(b"t" * 32) != digest()
    assert digest(keys=next_keys(masters, keys.scope, keys)) != digest()


def test_nothing_in_clear_is_left_among_the_blobs_of_a_sealed_tree(tmp_path: Path) -> None:
    masters = BoxKey.generate()
    large = "line\n" * (CHUNK_SIZE // 4)
    tree = written(tmp_path, {DB: "password: xyzzy\n", OTHER: large, "a": "a"})
    keys = {path: keys_of(masters, path) for path in (DB, OTHER)}
    sealed = Sealer(keys, {}, SECRET).seal(tree)
    blobs = {digest: sealed.read_blob(digest) for digest in sealed.blobs}
    assert not any(b"xyzzy" in data or b"line\n" in data for data in blobs.values())
    assert blobs.keys() == {d for entry in sealed.manifest.files.values() for d in entry.blobs}
    held = Keys(masters, *keys.values())
    files = OpenedFiles(sealed, sealed_of(sealed.manifest.files), held, missing="")
    assert files.read(OTHER) == large.encode()
    assert (files.read(DB), files.read("a"), files.read("b")) == (b"password: xyzzy\n", b"a", None)


def test_only_the_key_of_a_file_opens_it(tmp_path: Path) -> None:
    masters = BoxKey.generate()
    tree = written(tmp_path, {DB: "a: 1\n", OTHER: "b: 1\n"})
    first, second = keys_of(masters, DB), keys_of(masters, OTHER)
    sealed = Sealer({DB: first, OTHER: second}, {}, SECRET).seal(tree)
    entries = dict(sealed.manifest.files)
    files = OpenedFiles(sealed, sealed_of(entries), Keys(masters, second), missing="the way out")
    assert files.read(OTHER) == b"b: 1\n"
    with pytest.raises(NotGranted, match=r"settings/db.zy: is sealed") as caught:
        files.read(DB)
    assert caught.value.hint == "the way out"
    swapped = dataclasses.replace(entries[DB], sealed=entries[OTHER].sealed)
    files = OpenedFiles(sealed, sealed_of({DB: swapped}), Keys(masters, second), missing="")
    with pytest.raises(CannotOpen, match=r"settings/db\.zy"):
        files.read(DB)


def test_an_encrypted_value_is_that_of_its_file_or_of_one_it_imports() -> None:
    masters = BoxKey.generate()
    own, other, foreign = (keys_of(masters, path, 2) for path in (DB, OTHER, "settings/x.zy"))
    sealed = {
        DB: SealedEntry(own.scope, 2, (OTHER, "settings/gone.zy")),
        OTHER: SealedEntry(other.scope, 2, (DB,)),
    }
    files = OpenedFiles(Empty(), sealed, Keys(masters, own, other, foreign), missing="")
    for keys in (own, other):
        for half in keys.halves:
            word = str(SealedValue.seal(half.public, half.generation, "väl ue"))
            assert files.open_value(DB, word) == "väl ue"
    half = foreign.newest
    with pytest.raises(CannotOpen, match="for another file"):
        files.open_value(DB, str(SealedValue.seal(half.public, 2, "x")))
    with pytest.raises(NotGranted, match="generation 9"):
        files.open_value(DB, str(SealedValue.seal(half.public, 9, "x")))
    for bad in ("", "zsc1:1:x", "zsc1:0:" + "A" * 70, "zsc1:1:" + "=" * 70, "plain"):
        with pytest.raises(InvalidToken):
            files.open_value(DB, bad)


class Empty:
    """A tree without files."""

    def read(self, path: str) -> bytes | None:
        return None

    def paths(self) -> tuple[str, ...]:
        return ()


def test_a_scope_keeps_some_generations_and_its_key_is_bound_to_it() -> None:
    masters = BoxKey.generate()
    keys = keys_of(masters, DB, KEPT + 3)
    assert [half.generation for half in keys.halves] == list(range(4, KEPT + 4))
    half = keys.newest
    assert open_half(masters, keys.scope, half).public == half.public
    with pytest.raises(InvalidToken, match="something else"):
        open_half(masters, "cli.x", half)
    with pytest.raises(InvalidToken, match="something else"):
        open_half(masters, keys.scope, half.model_copy(update={"generation": 1}))
    with pytest.raises(CannotOpen, match="other masters"):
        open_half(BoxKey.generate(), keys.scope, half)


def test_long_and_odd_paths_have_scopes_of_two_tokens() -> None:
    paths = ["settings/" + "x" * 1000, "settings/" + "ü" * 400, "settings/a b.c/#.zy", DB]
    scopes = [scope_of("my-source", path) for path in paths]
    assert all(scope.count(".") == 1 and len(scope) <= 1024 for scope in scopes)
    assert len(set(scopes)) == len(paths)
    assert scope_of("a", DB) != scope_of("b", DB)


@pytest.mark.parametrize(
    "data",
    [
        b"{}",
        b'{"scope":"cli.x","halves":[]}',
        b'{"scope":"cli.x","halves":[{"generation":2,"public":"' + b"A" * 43 + b'","sealed":""},'
        b'{"generation":1,"public":"' + b"A" * 43 + b'","sealed":""}]}',
        b'{"scope":"cli.x","halves":[{"generation":0,"public":"' + b"A" * 43 + b'","sealed":""}]}',
    ],
)
def test_keys_that_are_none_are_refused(data: bytes) -> None:
    with pytest.raises(InvalidDocument):
        ScopeKeys.decode(data)


def test_a_keyring_older_than_the_tree_is_not_sealed_to() -> None:
    keys = keys_of(BoxKey.generate(), DB, 2)
    entry = FileEntry("a" * 64, 1, sealed=SealedEntry(keys.scope, 2))
    refuse_older(DB, keys, entry)
    refuse_older(DB, keys, None)
    newer = dataclasses.replace(entry, sealed=SealedEntry(keys.scope, 3))
    with pytest.raises(StaleRevision, match="generation 3"):
        refuse_older(DB, keys, newer)


@pytest.mark.anyio
async def test_a_publisher_believes_only_masters_and_only_about_that_scope(
    trusted_server: EmbeddedServer,
    realm: Realm,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sealing = Sealing.of(realm)
    scope, other = scope_of("cli", DB), scope_of("cli", OTHER)
    tree = {DB: "a: 1\n", OTHER: "b: 1\n", "settings/top.zy": "base: {}\n"}
    async with bus_as(trusted_server, Tier.MASTER) as bus, sealing.room(bus):
        await sealing.push(bus, tmp_path, tree)
        records = Records(bus, KEYRING)
        good = {key: await records.get(key) for key in (scope, other)}
        first, second = good[scope], good[other]
        assert first is not None
        assert second is not None
        mine = next_keys(BoxKey.generate(), scope, None)  # whoever made them could read all
        attacks: list[tuple[bytes, type[Exception]]] = [
            (second.value, WrongAddressee),
            (sealing.publisher.signer.sign(place_of(KEYRING, scope), mine.encode()), WrongTier),
            (mine.encode(), Untrusted),
            (first.value[:-9], Untrusted),
            (Sealing.of(Realm.generate()).master.signer.sign("x", b"{}"), Untrusted),
            (
                sealing.master.signer.sign(
                    place_of(KEYRING, scope), next_keys(BoxKey.generate(), other, None).encode()
                ),
                WrongAddressee,
            ),
        ]
    # A running master replaces these at once (test_keyring_healed.py); here is none.
    async with bus_as(trusted_server, Tier.MASTER) as bus:
        for data, error in attacks:
            await Records(bus, KEYRING).put(scope, data)
            with pytest.raises(error):
                await Keyring(bus, sealing.master.verifier).get([scope])
        with monkeypatch.context() as patch:
            patch.setattr(sealed_keyring, "ANSWER_WITHIN", 0.1)
            with pytest.raises(BusUnavailable, match="no master makes keys"):
                await sealing.push(bus, tmp_path, {DB: "a: 2\n"})
    async with bus_as(trusted_server, Tier.MASTER) as bus, sealing.room(bus, "two"):
        records = Records(bus, KEYRING)
        keyring = Keyring(bus, sealing.master.verifier)
        await records.put(scope, first.value)
        await keyring.ensure([scope], rotate=True)
        await sealing.push(bus, tmp_path)
        await records.put(scope, first.value)  # genuine, but older
        with pytest.raises(StaleRevision):
            await sealing.push(bus, tmp_path, {DB: "a: 3\n"})


@pytest.mark.anyio
async def test_without_a_master_known_files_are_pushed_and_new_ones_are_not(
    trusted_server: EmbeddedServer, realm: Realm, tmp_path: Path
) -> None:
    sealing = Sealing.of(realm)
    async with bus_as(trusted_server, Tier.MASTER) as bus:
        async with sealing.room(bus):
            await sealing.push(bus, tmp_path, {DB: "a: 1\n", "settings/top.zy": "base: {}\n"})
        assert (await sealing.push(bus, tmp_path, {DB: "a: 2\n"})).moved
        with pytest.raises(BusUnavailable, match="no master makes keys for 1 settings files"):
            await sealing.push(bus, tmp_path, {OTHER: "b: 1\n"})
