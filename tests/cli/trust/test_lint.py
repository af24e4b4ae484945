"""What ``zester trust lint`` and ``list`` say of a folder, without passphrase and server."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from support.realm_folder import PASSPHRASE, make_realm
from zester.cli.trust import expiry, folder_rules
from zester.cli.trust.group import trust
from zester.trust.disk.changing import rotate_authority, rotate_server, rotate_signing
from zester.trust.disk.issuing import Wish, issue
from zester.trust.disk.private_file import write_private
from zester.trust.disk.realm_folder import RealmFolder
from zester.trust.tiers import Tier

DAY = 86_400.0


@pytest.fixture
def realm(tmp_path: Path) -> RealmFolder:
    return make_realm(tmp_path / "trust")


def run(*args: str | Path, **named: object) -> Result:
    return CliRunner().invoke(trust, [str(arg) for arg in args], **named)  # type: ignore[arg-type] # passed on


def rules(realm: RealmFolder) -> dict[str, str]:
    """What is worse than info, by rule."""
    found = run("lint", realm.folder, "--offline", "-o", "json")
    assert found.exit_code in (0, 1), found.output
    worse = [each for each in json.loads(found.stdout) if each["severity"] != "info"]
    assert found.exit_code == int(bool(worse))
    return {each["rule"]: f"{each['place']}: {each['message']}" for each in worse}


def test_a_new_realm_is_clean_and_the_root_is_mentioned(realm: RealmFolder) -> None:
    assert rules(realm) == {}
    shown = run("lint", realm.folder, "--offline")
    assert "root-online" in shown.stdout
    (realm.folder / "operator.seed").unlink()
    assert "root-online" not in run("lint", realm.folder, "--offline").stdout


@pytest.mark.parametrize(
    ("place", "bits", "said"),
    [
        ("keys.sealed", 0o644, "others may use it (0644)"),
        ("masters/base/master.creds", 0o640, "others may use it (0640)"),
        ("clients/base", 0o755, "others may look in (0755)"),
        ("clients/base/context.json", 0o666, "others may write (0666)"),
        (".", 0o711, "others may look in (0711)"),
    ],
)
def test_open_modes_are_told(realm: RealmFolder, place: str, bits: int, said: str) -> None:
    (realm.folder / place).chmod(bits)
    assert said in rules(realm)["mode"]


def test_keys_in_clear_and_passphrases_beside_are_told(
    realm: RealmFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert realm.realm.operator is not None
    write_private(realm.folder / "backup.txt", f"seed: {realm.realm.operator.seed}\n")
    assert "backup.txt: the private key of the operator lies here" in rules(realm)["seed-in-clear"]
    publisher = realm.realm.keys("base").signing[Tier.PUBLISHER]
    write_private(realm.folder / "backup.txt", publisher.seed)
    assert "the tier publisher of base" in rules(realm)["seed-in-clear"]
    (realm.folder / "backup.txt").unlink()
    write_private(realm.folder / "server/Passphrase.txt", PASSPHRASE)
    assert "Passphrase.txt" in rules(realm)["passphrase-beside"]
    (realm.folder / "server/Passphrase.txt").rename(realm.folder / "note")
    assert rules(realm) == {}
    monkeypatch.setenv("ZESTER_PASSPHRASE_FILE", str(realm.folder / "note"))
    assert "lies beside" in rules(realm)["passphrase-beside"]


def test_what_ends_soon_and_what_has_ended_is_told_with_the_command(
    realm: RealmFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue(realm, [Wish("base", Tier.PUBLISHER, "ci", realm.folder / "ci", 20 * DAY)])
    assert "credentials of publisher ci in base: ends at" in rules(realm)["ends-soon"]
    now = time.time()
    for module in (expiry, folder_rules):
        if hasattr(module, "time"):
            monkeypatch.setattr(module.time, "time", lambda: now + 400 * DAY)
    found = rules(realm)
    assert "server certificate: ended" in found["expired"]
    hints = run("lint", realm.folder, "--offline").stdout
    assert f"zester trust rotate {realm.folder} server" in hints


def test_unfinished_rotations_are_told_with_the_next_step(realm: RealmFolder) -> None:
    rotate_authority(realm)
    assert "still signed by the old authority" in rules(realm)["rotation"]
    rotate_server(realm)
    assert "the old authority is still believed" in rules(realm)["rotation"]
    assert "ca --finish" in run("lint", realm.folder, "--offline").stdout


def test_an_old_signing_key_is_told(realm: RealmFolder) -> None:
    rotate_signing(realm, "base", Tier.BOOTSTRAP, {})
    assert "the old signing key of tier bootstrap" in rules(realm)["rotation"]


def test_accounts_of_another_table_are_told(
    realm: RealmFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def other(tier: Tier) -> dict[str, object]:
        return {"pub": {"allow": [f"new.{tier}"]}}

    monkeypatch.setattr(folder_rules, "template", other)
    assert "other things than this version" in rules(realm)["table"]
    assert "accounts" in run("lint", realm.folder, "--offline").stdout


def _foreign_certificate(realm: RealmFolder) -> None:
    other = make_realm(realm.folder.parent / "other")
    (other.server / "server.pem").replace(realm.server / "server.pem")


def _foreign_context(realm: RealmFolder) -> None:
    other = make_realm(realm.folder.parent / "other")
    (other.client("base") / "context.json").replace(realm.client("base") / "context.json")


@pytest.mark.parametrize(
    ("damage", "rule", "said"),
    [
        (_foreign_certificate, "certificate", "signed by none"),
        (lambda realm: (realm.server / "server.pem").write_text("x"), "certificate", "not a PEM"),
        (_foreign_context, "context", "is that of another realm"),
        (
            lambda realm: (realm.client("base") / "context.json").write_text("{"),
            "context",
            "context.json",
        ),
        (
            lambda realm: (realm.client("base") / "bundle").write_text("{}"),
            "bundle",
            "not the newest",
        ),
    ],
)
def test_damaged_parts_are_named(
    realm: RealmFolder, damage: Callable[[RealmFolder], object], rule: str, said: str
) -> None:
    damage(realm)
    assert said in rules(realm)[rule]


def test_a_clear_url_in_a_context_is_told(realm: RealmFolder) -> None:
    path = realm.client("base") / "context.json"
    path.write_text(path.read_text().replace("tls://", "nats://"))
    assert "connections in clear are refused" in rules(realm)["context"]


def test_what_is_no_realm_ends_with_two(tmp_path: Path) -> None:
    assert run("lint", tmp_path).exit_code == 2
    (tmp_path / "realm.json").write_text('{"users": [')
    assert run("lint", tmp_path).exit_code == 2


def test_the_list_tells_who_and_until_when_and_nothing_secret(realm: RealmFolder) -> None:
    shown = run("list", realm.folder)
    assert shown.exit_code == 0
    for word in ("publisher", "system", "server certificate: until", "trust bundle 1"):
        assert word in shown.stdout
    found = json.loads(run("list", realm.folder, "-o", "json").stdout)
    assert found["environments"] == {"base": 1}
    assert {user["state"] for user in found["users"]} == {"valid"}
    assert "eyJ" not in json.dumps(found["users"])  # no tokens, though they alone open nothing


def test_init_refuses_what_exists_before_it_asks_for_anything(realm: RealmFolder) -> None:
    shown = run("init", realm.folder)
    assert shown.exit_code == 1
    assert "exists" in str(shown.exception)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--url", "nats://a:4222"), "connections in clear are refused"),
        (("--listen", "4222"), "not host:port"),
        (("--listen", "0.0.0.0:99999"), "not host:port"),
        (("--env", "a b"), "env"),
    ],
)
def test_init_refuses_nonsense(tmp_path: Path, args: tuple[str, ...], said: str) -> None:
    shown = run("init", tmp_path / "trust", *args)
    assert shown.exit_code == 1
    assert said in str(shown.exception)
    assert list(tmp_path.iterdir()) == []


def test_without_anybody_to_ask_the_variable_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ZESTER_PASSPHRASE_FILE", raising=False)
    shown = run("init", tmp_path / "trust")
    assert "nobody to ask" in str(shown.exception)
    assert "ZESTER_PASSPHRASE_FILE" in str(getattr(shown.exception, "hint", ""))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["", "\n", "short\n"])
def test_a_bad_passphrase_file_makes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    write_private(tmp_path / "secret", content)
    monkeypatch.setenv("ZESTER_PASSPHRASE_FILE", str(tmp_path / "secret"))
    assert run("init", tmp_path / "trust").exit_code == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


def test_an_open_passphrase_file_is_refused(
    realm: RealmFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_private(tmp_path / "secret", PASSPHRASE)
    (tmp_path / "secret").chmod(0o644)
    monkeypatch.setenv("ZESTER_PASSPHRASE_FILE", str(tmp_path / "secret"))
    shown = run("publish", realm.folder)
    assert "others can read it" in str(shown.exception)
    assert PASSPHRASE not in str(shown.exception)
    assert os.environ["ZESTER_PASSPHRASE_FILE"]
