"""The folder of a client: what it knows when it cannot be written."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.realm_folder import make_realm
from zester.trust.disk import client_folder
from zester.trust.disk.client_folder import BUNDLE, ClientFolder


def test_a_newer_bundle_counts_where_it_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    realm = make_realm(tmp_path / "trust")
    client = ClientFolder.open(realm.master("base"))
    first = client.bundle()
    assert first is not None
    newer = realm.realm.bundle("base", serial=first.bundle.serial + 1)

    def refuse(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(client_folder, "write_public", refuse)
    client.keep_bundle(newer)

    seen = client.bundle()
    assert seen is not None
    assert seen.bundle.serial == first.bundle.serial + 1
    (client.folder / BUNDLE).unlink()
    assert client.bundle() == seen
