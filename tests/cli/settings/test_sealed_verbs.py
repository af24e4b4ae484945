"""Pushing, looking at, encrypting and rekeying settings from the command line."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio
import pytest

from support.sealing import Sealing
from support.trusted import bus_as, client_folder
from zester.bus.buckets import BLOBS
from zester.bus.link.connection import Bus
from zester.bus.records import Records
from zester.bus.server.embedded import EmbeddedServer
from zester.trees.sealed.keyring import Keyring
from zester.trees.sealed.scopes import scope_of
from zester.trust.disk.private_file import write_private
from zester.trust.realm import Realm
from zester.trust.tiers import Tier
from zester.trust.tokens import encode_part

pytestmark = pytest.mark.anyio

TREE = {
    "states/top.zy": "base:\n  '*': []\n",
    "settings/top.zy": "base:\n  '*': [db]\n",
    "settings/db.zy": "password: xyzzy\n",
}
DB = "settings/db.zy"


@dataclass(frozen=True)
class Shell:
    """A person with the credentials of a publisher, and a tree."""

    bus: Bus
    trust: Path
    masters_key: Path
    folder: Path

    async def __call__(self, *argv: str, stdin: str = "", code: int = 0) -> tuple[str, str]:
        environment = {**os.environ, "ZESTER_TRUST": str(self.trust), "NO_COLOR": "1"}
        command = [sys.executable, "-m", "zester.cli.main", *argv]
        done = await anyio.run_process(
            command, check=False, input=stdin.encode(), env=environment, cwd=self.folder.parent
        )
        assert done.returncode == code, done.stderr.decode()
        return done.stdout.decode(), done.stderr.decode()

    def write(self, path: str, text: str) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)


@asynccontextmanager
async def at_work(server: EmbeddedServer, realm: Realm, folder: Path) -> AsyncIterator[Shell]:
    sealing = Sealing.of(realm)
    key = folder / "box.seed"
    write_private(key, encode_part(realm.keys("base").masters.secret) + "\n")
    trust = client_folder(folder / "trust", server)
    async with bus_as(server, Tier.MASTER) as bus, sealing.room(bus):
        shell = Shell(bus, trust, key, folder / "tree")
        for path, text in TREE.items():
            shell.write(path, text)
        yield shell


async def test_what_is_pushed_is_sealed_and_shown_as_such(
    trusted_server: EmbeddedServer, realm: Realm, tmp_path: Path
) -> None:
    async with at_work(trusted_server, realm, tmp_path) as zester:
        out, _ = await zester("push", "--dry-run", "tree")
        assert f"A {DB}" in out
        await zester("push", "tree")
        out, _ = await zester("push", "--dry-run", "tree")
        assert "no differences" in out
        zester.write(DB, "password: plugh\n")
        out, _ = await zester("push", "--dry-run", "tree")
        assert out.split() == ["M", DB]
        out, _ = await zester("push", "tree")
        assert "1 modified" in out
        assert "1 blobs" in out
        _, err = await zester("cat", DB, code=1)
        assert "is sealed" in err
        out, _ = await zester("cat", "settings/top.zy")
        assert "[db]" in out
        out, _ = await zester("diff", "1", "2")
        assert out.strip() == f"Sealed files a/{DB} and b/{DB} differ"
        _, err = await zester("get", "copy")
        assert "1 settings files" in err
        assert not (zester.folder.parent / "copy" / DB).exists()
        stored = [record.value async for record in Records(zester.bus, BLOBS).scan()]
        assert not any(b"xyzzy" in data or b"plugh" in data for data in stored)


async def test_settings_given_by_facts_are_warned_about_or_refused(
    trusted_server: EmbeddedServer, realm: Realm, tmp_path: Path
) -> None:
    async with at_work(trusted_server, realm, tmp_path) as zester:
        zester.write("settings/top.zy", "base:\n  'G@os:Debian': [db]\n  'db*': [db]\n")
        _, err = await zester("push", "tree")
        assert "warning: settings/top.zy:2: settings are given by facts: 'G@os:Debian'" in err
        assert err.count("warning") == 1
        zester.write("zester.yaml", "require_trusted_targets: true\n")
        _, err = await zester("push", "tree", code=1)
        assert "settings/top.zy:2" in err
        zester.write("settings/top.zy", "base:\n  'label:role=db': [db]\n  'db*': [db]\n")
        _, err = await zester("push", "tree")
        assert "warning" not in err


async def test_a_value_is_encrypted_decrypted_and_encrypted_anew(
    trusted_server: EmbeddedServer, realm: Realm, tmp_path: Path
) -> None:
    async with at_work(trusted_server, realm, tmp_path) as zester:
        word, _ = await zester("encrypt", "--file", DB, stdin='s3"cret: #1\n')
        assert word.startswith("!encrypted zsc1:1:")
        zester.write(DB, f"password: {word}other: plain\n")
        masters = ("--masters-key", str(zester.masters_key))
        out, _ = await zester("decrypt", "--file", DB, *masters, stdin=word)
        assert out == 's3"cret: #1\n'
        whole = (zester.folder / DB).read_text()
        out, _ = await zester("decrypt", "--file", DB, *masters, stdin=whole)
        assert out == 'password: "s3\\"cret: #1"\nother: plain\n'
        await zester("push", "tree")
        out, _ = await zester("render", "--states", "tree/states", "--settings", "tree/settings")
        _, err = await zester("rekey", "tree", DB, code=1)
        assert "--masters-key" in err
        await zester("rekey", "tree", DB, *masters)
        text = (zester.folder / DB).read_text()
        assert "zsc1:2:" in text
        out, _ = await zester("decrypt", "--file", DB, *masters, stdin=text)
        assert out == 'password: "s3\\"cret: #1"\nother: plain\n'
        keys = await Keyring(zester.bus, realm.verifier("base")).get([scope_of("cli", DB)])
        assert keys[scope_of("cli", DB)].newest.generation == 2
        _, err = await zester("decrypt", "--file", "settings/x.zy", *masters, stdin=word, code=1)
        assert "no keys yet" in err
        _, err = await zester("encrypt", "--file", "settings/top.zy", stdin="x", code=1)
        assert "not a settings file that is sealed" in err
