"""The folder of an identity: one key for the life of a machine, whatever happens to the files."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import pytest

from zester.bus.keys import escape_token
from zester.errors import InvalidToken, SettingsError, UnknownSigner
from zester.trust.nkeys import KeyKind, KeyPair
from zester.trust.realm import Realm
from zester.trust.tiers import Tier
from zester_peel.agent.identity import identity as room
from zester_peel.agent.identity.documents import Being, Passes, Pin
from zester_peel.agent.identity.identity import Identity

ID = "web-01.example.com"
BEING = Being(id=ID, env="base", url=("tls://127.0.0.1:4222",))


def passes_for(realm: Realm, key: KeyPair, *, lifetime: float = 86_400.0) -> Passes:
    name = escape_token(ID)
    return Passes(
        peel=realm.issue("base", Tier.PEEL, name, key=key, lifetime=lifetime).token,
        entry=realm.issue("base", Tier.BOOTSTRAP, name, key=key).token,
    )


def pin_of(realm: Realm) -> Pin:
    return Pin(operator=realm.operator_public, how="key", at=int(time.time()))


def enrolled(folder: Path, realm: Realm) -> Identity:
    made = Identity.begin(folder, BEING)
    made.keep_pin(pin_of(realm))
    made.keep_passes(passes_for(realm, made.key))
    made.keep_bundle(realm.bundle("base"))
    return made


def test_an_identity_is_what_it_was_after_a_restart(tmp_path: Path, realm: Realm) -> None:
    made = enrolled(tmp_path, realm)

    found = Identity.load(tmp_path)

    assert found.enrolled
    assert (found.id, found.env, found.key.public) == (ID, "base", made.key.public)
    assert (found.pin, found.passes, found.bundle) == (made.pin, made.passes, made.bundle)
    assert found.authorities() == realm.authority_certificates
    anchored = found.anchored()
    assert anchored is not None
    assert anchored.bundle.env == "base"


def test_nobody_else_can_read_any_of_it(tmp_path: Path, realm: Realm) -> None:
    os.umask(0o000)
    try:
        made = enrolled(tmp_path, realm)
    finally:
        os.umask(0o022)

    assert stat.S_IMODE(made.folder.stat().st_mode) == 0o700
    files = sorted(made.folder.iterdir())
    assert [file.name for file in files] == [
        *("bundle", "key.seed", "peel.json", "pin.json", "tokens.json")
    ]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_second_start_never_makes_a_second_key(tmp_path: Path) -> None:
    first = Identity.begin(tmp_path, BEING)
    second = Identity.begin(tmp_path, BEING)

    assert second.key.public == first.key.public


def test_a_key_without_a_name_is_taken_up_again(tmp_path: Path) -> None:
    first = Identity.begin(tmp_path, BEING)
    (first.folder / "peel.json").unlink()  # as if the machine died between the two

    assert Identity.begin(tmp_path, BEING).key.public == first.key.public


@pytest.mark.parametrize("other", [{"id": "web-02"}, {"env": "prod"}])
def test_an_identity_is_never_turned_into_another(tmp_path: Path, other: dict[str, str]) -> None:
    Identity.begin(tmp_path, BEING)

    with pytest.raises(SettingsError, match=r"already web-01\.example\.com of environment base"):
        Identity.begin(tmp_path, BEING.model_copy(update=other))


def test_without_an_identity_the_way_to_one_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="not enrolled") as caught:
        Identity.load(tmp_path)

    assert caught.value.hint is not None
    assert "zester-peel enroll" in caught.value.hint


def test_another_operator_is_not_believed(tmp_path: Path, realm: Realm) -> None:
    made = enrolled(tmp_path, realm)

    with pytest.raises(SettingsError, match="believes operator"):
        made.keep_pin(pin_of(Realm.generate()))

    assert made.pin == pin_of(realm).model_copy(update={"at": made.pin.at if made.pin else 0})


def test_a_bundle_of_another_operator_on_disk_is_not_followed(tmp_path: Path, realm: Realm) -> None:
    made = enrolled(tmp_path, realm)
    (made.folder / "bundle").write_bytes(Realm.generate().bundle("base"))

    found = Identity.load(tmp_path)

    with pytest.raises(UnknownSigner):
        found.anchored()
    assert found.authorities() is None


def test_tokens_for_another_key_are_refused(tmp_path: Path, realm: Realm) -> None:
    made = enrolled(tmp_path, realm)
    before = made.passes

    with pytest.raises(InvalidToken, match="not for this machine's key"):
        made.keep_passes(passes_for(realm, KeyPair.generate(KeyKind.USER)))

    assert made.passes == before


@pytest.mark.parametrize("text", [b"", b"{", b'{"peel":"a","entry":"b"}', b"\xff" * 100])
def test_damaged_tokens_are_as_good_as_none(tmp_path: Path, realm: Realm, text: bytes) -> None:
    made = enrolled(tmp_path, realm)
    (made.folder / "tokens.json").write_bytes(text)

    found = Identity.load(tmp_path)

    assert found.passes is None
    assert found.key.public == made.key.public


@pytest.mark.parametrize("name", ["key.seed", "peel.json", "pin.json"])
def test_what_cannot_be_had_again_is_never_replaced(
    tmp_path: Path, realm: Realm, name: str
) -> None:
    made = enrolled(tmp_path, realm)
    (made.folder / name).write_bytes(b"half")

    with pytest.raises(SettingsError, match=name):
        Identity.load(tmp_path)

    assert (made.folder / name).read_bytes() == b"half"


def test_a_key_that_others_can_read_is_not_used(tmp_path: Path, realm: Realm) -> None:
    made = enrolled(tmp_path, realm)
    (made.folder / "key.seed").chmod(0o644)

    with pytest.raises(SettingsError, match="others can read it"):
        Identity.load(tmp_path)


def test_with_a_full_disk_the_new_tokens_count_and_are_written_later(
    tmp_path: Path, realm: Realm, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = enrolled(tmp_path, realm)
    new = passes_for(realm, made.key, lifetime=90_000)

    def full(path: Path, data: str | bytes) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(room, "write_private", full)
        made.keep_passes(new)
        assert made.passes == new
        assert "No space left" in made.problem
        assert not made.flush()
        assert Identity.load(tmp_path).passes != new

    assert made.flush()
    assert made.problem == ""
    assert Identity.load(tmp_path).passes == new


def test_no_part_shows_the_key(tmp_path: Path, realm: Realm) -> None:
    made = enrolled(tmp_path, realm)

    assert made.key.seed not in f"{made!r} {vars(made)!r} {made}"
