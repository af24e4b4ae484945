"""A realm's folder whose writer was killed, or that somebody damaged."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from support.realm_folder import PASSPHRASE, make_realm
from zester.errors import InvalidToken, SettingsError
from zester.trust.disk import private_file
from zester.trust.disk.changing import revoke
from zester.trust.disk.realm_folder import RealmFolder, read_ledger

WHOLE = 10_000


def die_at_write(last: int, work: Callable[[], object]) -> bool:
    """Run in a child that is killed at its ``last`` write of a file; return whether it was."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1] == signal.SIGKILL
    count = 0
    real = os.open

    def counting(path: object, flags: int, *more: object, **named: object) -> int:
        nonlocal count
        if flags & os.O_CREAT:
            count += 1
            if count == last:
                os.kill(os.getpid(), signal.SIGKILL)
        return real(path, flags, *more, **named)  # type: ignore[arg-type] # passed on as it came

    private_file.os.open = counting  # type: ignore[attr-defined] # the module's own name for it
    try:
        work()
    finally:
        os._exit(0)


def test_killed_between_any_two_files_init_leaves_nothing_that_counts(tmp_path: Path) -> None:
    place = tmp_path / "trust"
    last = 1
    while die_at_write(last, lambda: make_realm(place)):
        assert not place.exists(), last
        last += 1
    assert last > 15
    assert RealmFolder.open(place, PASSPHRASE).ledger == read_ledger(place)
    assert [path.name for path in tmp_path.iterdir()] == ["trust"]


def test_killed_between_any_two_files_a_revocation_is_whole_or_not_begun(tmp_path: Path) -> None:
    last = 1
    while True:
        place = tmp_path / str(last)
        made = make_realm(place)
        killed = die_at_write(last, lambda: revoke(made, "base", "publisher", {}))  # noqa: B023 - called at once
        found = RealmFolder.open(place, PASSPHRASE, root=True)
        state = found.ledger.state("base")
        begun = last > 1
        assert state.serial == (2 if begun else 1), last
        assert read_ledger(place) == found.ledger
        assert (found.client("base") / "bundle").read_text() == state.bundle
        assert (found.master("base") / "bundle").read_text() == state.bundle
        assert state.control in (found.server / "nats-server.conf").read_text()
        assert ("publisher" in {user.name for user in found.ledger.users if not user.revoked}) is (
            not begun
        )
        if not killed:
            break
        last += 1
    assert last > 7


@pytest.mark.parametrize(
    "damage",
    [b"", b"{}", b"[]", b'{"zester_vault": 1}', b"\xff\xfe", b"null", b"{" * 5000],
)
@pytest.mark.parametrize("name", ["keys.sealed", "operator.seed", "realm.json"])
def test_a_damaged_file_is_named_and_nothing_crashes(
    tmp_path: Path, name: str, damage: bytes
) -> None:
    place = make_realm(tmp_path / "trust").folder
    (place / name).write_bytes(damage)
    if name == "realm.json":
        with pytest.raises((InvalidToken, SettingsError)):
            read_ledger(place)
        assert RealmFolder.open(place, PASSPHRASE).ledger == read_ledger(place)  # and is mended
        return
    with pytest.raises((InvalidToken, SettingsError)):
        RealmFolder.open(place, PASSPHRASE, root=True)


def test_a_folder_that_is_none_is_told_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for place in (tmp_path / "missing", tmp_path / "empty"):
        with pytest.raises(SettingsError) as caught:
            read_ledger(place)
        assert caught.value.hint == "`zester trust init DIR` makes one"
