"""A copy of an identity does not start on another machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.trusted import enrolled
from zester.errors import SettingsError
from zester_peel.agent.identity.identity import Identity
from zester_peel.agent.identity.machine_mark import MARK, bind


def machine(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "machine-id"
    path.write_text(text)
    return path


ONE, OTHER = "1" * 32 + "\n", "2" * 32 + "\n"


def test_an_identity_stays_with_its_machine(tmp_path: Path) -> None:
    identity = enrolled(tmp_path)
    for _ in range(2):
        bind(identity, source=machine(tmp_path, ONE))
    assert "1" * 8 not in (identity.folder / MARK).read_text()
    assert (identity.folder / MARK).stat().st_mode & 0o077 == 0


def test_a_copy_on_another_machine_is_refused_and_told_the_two_ways_out(tmp_path: Path) -> None:
    bind(enrolled(tmp_path), source=machine(tmp_path, ONE))
    copy = Identity.load(tmp_path)
    with pytest.raises(SettingsError, match="another machine") as caught:
        bind(copy, source=machine(tmp_path, OTHER))
    assert caught.value.hint is not None
    assert "enrol" in caught.value.hint
    assert "--moved" in caught.value.hint
    bind(copy, source=machine(tmp_path, OTHER), moved=True)
    bind(copy, source=machine(tmp_path, OTHER))
    with pytest.raises(SettingsError):
        bind(copy, source=machine(tmp_path, ONE))


@pytest.mark.parametrize("text", ["", "uninitialized\n", "\xe9" * 40])
def test_a_machine_without_a_lasting_id_is_not_told_apart(tmp_path: Path, text: str) -> None:
    bind(enrolled(tmp_path), source=machine(tmp_path, ONE))
    bind(Identity.load(tmp_path), source=machine(tmp_path, text))
    bind(Identity.load(tmp_path), source=tmp_path / "none")


@pytest.mark.parametrize("damaged", [b"", b"\xff\xfe"])
def test_a_damaged_mark_is_no_way_in(tmp_path: Path, damaged: bytes) -> None:
    identity = enrolled(tmp_path)
    bind(identity, source=machine(tmp_path, ONE))
    (identity.folder / MARK).write_bytes(damaged)
    if damaged:
        with pytest.raises(SettingsError):
            bind(identity, source=machine(tmp_path, ONE))
    else:
        bind(identity, source=machine(tmp_path, ONE))
