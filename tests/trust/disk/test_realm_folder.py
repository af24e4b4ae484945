"""A realm's folder: who may read it, and that it is never half there."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from support.realm_folder import PASSPHRASE, make_realm
from zester.errors import CannotOpen, InvalidToken, SettingsError
from zester.trust.bundle import read_bundle
from zester.trust.disk.changing import (
    finish_authority,
    finish_signing,
    revoke,
    revoked_by,
    rotate_authority,
    rotate_server,
    rotate_signing,
)
from zester.trust.disk.client_folder import ClientFolder
from zester.trust.disk.issuing import Wish, issue
from zester.trust.disk.master_folder import MasterFolder
from zester.trust.disk.realm_folder import RealmFolder, read_ledger
from zester.trust.tiers import Tier, person_name
from zester.trust.tokens import read_token

PUBLIC = {"context.json", "bundle", "ca.pem", "server.pem", "realm.json"}


def test_a_new_realm_can_be_opened_and_is_what_was_made(tmp_path: Path) -> None:
    made = make_realm(tmp_path / "trust", envs=("base", "dev"))
    found = RealmFolder.open(tmp_path / "trust", PASSPHRASE, root=True)
    assert found.ledger == made.ledger == read_ledger(tmp_path / "trust")
    assert found.realm.operator is not None
    assert found.realm.operator_public == made.realm.operator_public
    for env in ("base", "dev"):
        keys = MasterFolder.open(found.master(env)).keys
        assert keys.box.public == found.realm.keys(env).masters.public
        assert keys.signing[Tier.PEEL].public == found.realm.keys(env).signing[Tier.PEEL].public
        client = ClientFolder.open(found.client(env))
        anchored = client.bundle()
        assert anchored is not None
        for tier in (Tier.PUBLISHER, Tier.OPERATOR, Tier.VIEWER):
            token = read_token(client.credentials(tier).token)
            assert token.name == person_name(tier, tier.value)
            control = tier is not Tier.VIEWER
            assert (token.issuer in anchored.signing) is control
    assert {user.tier for user in found.ledger.users} == {
        *("master", "publisher", "operator", "viewer", "system")
    }


def test_nothing_secret_can_be_read_by_others(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        make_realm(tmp_path / "trust")
    finally:
        os.umask(before)
    for path in (tmp_path / "trust").rglob("*"):
        bits = stat.S_IMODE(path.stat().st_mode)
        if path.name in PUBLIC:
            assert bits == 0o644, path
            text = path.read_text()
            assert "SEED" not in text, path
            assert "PRIVATE" not in text, path
        else:
            assert bits == (0o700 if path.is_dir() else 0o600), path


def test_the_root_and_the_realms_keys_are_not_there_in_clear(tmp_path: Path) -> None:
    made = make_realm(tmp_path / "trust")
    assert made.realm.operator is not None
    keys = made.realm.keys("base")
    away = [
        made.realm.operator.seed,
        made.realm.system.seed,
        keys.control.seed,
        keys.nodes.seed,
        made.realm.authorities[0].key.splitlines()[1],
        *(keys.signing[tier].seed for tier in (Tier.MASTER, Tier.PUBLISHER, Tier.OPERATOR)),
    ]
    everything = b"".join(path.read_bytes() for path in made.folder.rglob("*") if path.is_file())
    for secret in away:
        assert secret.encode() not in everything
    assert keys.signing[Tier.PEEL].seed.encode() in everything  # the test sees what is in clear


def test_a_wrong_passphrase_opens_nothing(tmp_path: Path) -> None:
    make_realm(tmp_path / "trust")
    with pytest.raises(CannotOpen, match="passphrase is wrong"):
        RealmFolder.open(tmp_path / "trust", "wrong horse")


def test_without_the_root_somebody_can_be_issued_but_not_revoked(tmp_path: Path) -> None:
    make_realm(tmp_path / "trust")
    root = tmp_path / "trust" / "operator.seed"
    root.rename(tmp_path / "safe")
    realm = RealmFolder.open(tmp_path / "trust", PASSPHRASE)
    issue(realm, [Wish("base", Tier.PUBLISHER, "ci", tmp_path / "ci")])
    assert ClientFolder.open(tmp_path / "ci").has(Tier.PUBLISHER)
    with pytest.raises(SettingsError, match="operator's private key"):
        revoke(realm, "base", "ci", {})
    with pytest.raises(SettingsError, match="operator's own key"):
        RealmFolder.open(tmp_path / "trust", PASSPHRASE, root=True)


def test_the_root_of_another_realm_is_refused(tmp_path: Path) -> None:
    make_realm(tmp_path / "one")
    make_realm(tmp_path / "two")
    (tmp_path / "two/operator.seed").replace(tmp_path / "one/operator.seed")
    with pytest.raises(InvalidToken, match="not of"):
        RealmFolder.open(tmp_path / "one", PASSPHRASE, root=True)


@pytest.mark.parametrize("kind", ["file", "folder", "link", "dangling"])
def test_what_exists_is_never_overwritten(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "trust"
    if kind == "file":
        place.write_text("mine")
    elif kind == "folder":
        place.mkdir()
        (place / "mine").write_text("mine")
    else:
        (tmp_path / "other").mkdir()
        place.symlink_to(tmp_path / ("other" if kind == "link" else "nowhere"))
    before = sorted(path.name for path in tmp_path.rglob("*"))
    with pytest.raises(SettingsError, match="exists"):
        make_realm(place)
    assert sorted(path.name for path in tmp_path.rglob("*")) == before


def test_a_taken_name_and_a_foreign_folder_are_refused(tmp_path: Path) -> None:
    realm = make_realm(tmp_path / "trust", envs=("base", "dev"))
    for wish, said in (
        (Wish("base", Tier.VIEWER, "publisher", tmp_path / "a"), "somebody called 'publisher'"),
        (Wish("base", Tier.OPERATOR, "kube/prod", tmp_path / "a"), "not a name"),
        (Wish("base", Tier.PUBLISHER, "kube/a/b", tmp_path / "a"), "not a name"),
        (Wish("base", Tier.PUBLISHER, "git/prod", tmp_path / "a"), "not a name"),
        (Wish("base", Tier.VIEWER, "a.b", tmp_path / "a"), "not a name"),
        (Wish("prod", Tier.VIEWER, "x", tmp_path / "a"), "no environment 'prod'"),
        (Wish("dev", Tier.VIEWER, "x", realm.client("base")), "belongs to environment 'base'"),
        (Wish("base", Tier.VIEWER, "x", realm.client("base")), "viewer.creds exists"),
        (Wish("base", Tier.VIEWER, "x", realm.server), "has other files"),
    ):
        with pytest.raises(SettingsError, match=said):
            issue(realm, [wish])
    assert len(RealmFolder.open(realm.folder, PASSPHRASE).ledger.users) == len(realm.ledger.users)


def test_a_revocation_counts_up_and_is_in_the_account_and_in_the_bundle(tmp_path: Path) -> None:
    made = make_realm(tmp_path / "trust")
    before = made.ledger.state("base")
    gone = revoke(made, "base", "publisher", {})
    state = RealmFolder.open(made.folder, PASSPHRASE).ledger.state("base")
    assert state.serial == before.serial + 1
    assert set(revoked_by(state.control)) == {gone[0].key}
    assert read_token(state.control).issued > read_token(before.control).issued
    assert state.nodes == before.nodes
    bundle = read_bundle(state.bundle.encode(), operator=made.ledger.operator, env="base").bundle
    assert set(bundle.revoked) == {gone[0].key}
    assert state.control in (made.server / "nats-server.conf").read_text()
    with pytest.raises(SettingsError, match="nobody in base is called 'publisher'"):
        revoke(made, "base", "publisher", {})


def test_revoking_a_viewer_keeps_what_masters_revoked(tmp_path: Path) -> None:
    made = make_realm(tmp_path / "trust")
    peel = "U" + "A" * 55
    viewer = revoke(made, "base", "viewer", {peel: 5})[0]
    assert revoked_by(made.ledger.state("base").nodes).keys() == {peel, viewer.key}


def test_revoking_a_master_takes_its_system_user_too(tmp_path: Path) -> None:
    made = make_realm(tmp_path / "trust")
    gone = revoke(made, "base", "master", {})
    assert {user.tier for user in gone} == {"master", "system"}
    assert len(revoked_by(made.ledger.system_token)) == 1


def test_an_authority_is_replaced_in_two_steps(tmp_path: Path) -> None:
    made = make_realm(tmp_path / "trust")
    old = made.ledger.authorities
    with pytest.raises(SettingsError, match="not being changed"):
        finish_authority(made)
    rotate_authority(made)
    assert made.ledger.authorities[1:] == old
    with pytest.raises(SettingsError, match="not finished"):
        rotate_authority(made)
    pem = (made.server / "server.pem").read_text()
    rotate_server(made)
    assert (made.server / "server.pem").read_text() != pem
    finish_authority(made)
    assert made.ledger.authorities[0] not in old
    assert len(made.ledger.authorities) == 1
    client = ClientFolder.open(made.client("base"))
    assert client.authorities() == made.ledger.authorities
    assert made.ledger.state("base").serial == 3


def test_a_signing_key_is_replaced_in_two_steps(tmp_path: Path) -> None:
    made = make_realm(tmp_path / "trust")
    old = made.realm.keys("base").signing[Tier.PEEL].public
    rotate_signing(made, "base", Tier.PEEL, {})
    again = RealmFolder.open(made.folder, PASSPHRASE, root=True)
    new = again.realm.keys("base").signing[Tier.PEEL].public
    assert new != old
    assert MasterFolder.open(made.master("base")).keys.signing[Tier.PEEL].public == new
    scopes = {
        each["key"] for each in read_token(again.ledger.state("base").nodes).nats["signing_keys"]
    }
    assert {old, new} <= scopes
    with pytest.raises(SettingsError, match="not finished"):
        rotate_signing(again, "base", Tier.PEEL, {})
    finish_signing(again, "base", Tier.PEEL, {})
    scopes = {
        each["key"] for each in read_token(again.ledger.state("base").nodes).nats["signing_keys"]
    }
    assert old not in scopes
    assert new in scopes
