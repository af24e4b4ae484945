"""What only a passphrase opens."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zester.errors import CannotOpen, InvalidToken, SettingsError, Untrusted
from zester.trust.disk.vault import QUICK, Vault

PASSPHRASE = "correct horse"  # noqa: S105 - of the tests alone


def test_the_right_passphrase_opens_and_seals_again() -> None:
    text = Vault.create(PASSPHRASE, QUICK).seal(b"secret")
    vault, data = Vault.open(text, PASSPHRASE)
    assert data == b"secret"
    again = vault.seal(b"other")
    assert Vault.open(again, PASSPHRASE)[1] == b"other"
    assert again != vault.seal(b"other")


def test_the_wrong_passphrase_opens_nothing_and_is_not_repeated() -> None:
    text = Vault.create(PASSPHRASE, QUICK).seal(b"secret")
    with pytest.raises(CannotOpen, match="passphrase is wrong") as caught:
        Vault.open(text, "wrong horse")
    assert "horse" not in str(caught.value)


def test_a_short_passphrase_is_refused() -> None:
    with pytest.raises(SettingsError, match="fewer than 8"):
        Vault.create("1234567", QUICK)


def test_a_vault_shows_nothing_of_itself() -> None:
    assert repr(Vault.create(PASSPHRASE, QUICK)) == "Vault(…)"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("memory", 2**40),
        ("memory", 1),
        ("passes", 10**9),
        ("passes", 0),
        ("salt", "AAAA"),
        ("salt", "?"),
        ("kdf", "none"),
        ("zester_vault", 2),
        ("box", "AA"),
        ("box", ""),
        ("more", 1),
    ],
)
def test_a_hostile_header_costs_nothing_and_opens_nothing(field: str, value: object) -> None:
    wire = json.loads(Vault.create(PASSPHRASE, QUICK).seal(b"secret"))
    wire[field] = value
    with pytest.raises((InvalidToken, CannotOpen)):
        Vault.open(json.dumps(wire).encode(), PASSPHRASE)


@given(st.binary(max_size=200))
def test_no_bytes_crash_the_reader(data: bytes) -> None:
    with pytest.raises(Untrusted):
        Vault.open(data, PASSPHRASE)


def test_every_flipped_bit_of_the_box_is_noticed() -> None:
    wire = json.loads(Vault.create(PASSPHRASE, QUICK).seal(b"secret"))
    box = wire["box"]
    for place in range(len(box)):
        wire["box"] = box[:place] + ("A" if box[place] != "A" else "B") + box[place + 1 :]
        with pytest.raises((InvalidToken, CannotOpen)):
            Vault.open(json.dumps(wire).encode(), PASSPHRASE)
