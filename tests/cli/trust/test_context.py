"""Which folder, which server, which credentials a command uses, and which bundle it believes."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.realm_folder import make_realm
from support.trusted import bus_as, client_folder
from zester.bus.buckets import TRUST
from zester.bus.records import Records
from zester.bus.server.embedded import EmbeddedServer
from zester.cli.console.context import GLANCE, LOOK, Context
from zester.errors import SettingsError, StaleRevision, UnknownSigner
from zester.trust.disk.client_folder import ClientFolder
from zester.trust.realm import Realm
from zester.trust.tiers import Tier

pytestmark = pytest.mark.anyio


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, and a home without anything."""
    monkeypatch.delenv("ZESTER_TRUST", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "here/below").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here/below")
    return tmp_path


def found(trust: Path | None = None, env: str | None = None) -> Path:
    return Context(None, str(trust) if trust else None, env).folder.folder


def test_the_flag_wins_then_the_variable_then_dev_then_ones_own(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SettingsError, match="no trust folder for environment 'base'"):
        found()
    for name in ("own", "dev", "variable", "flag"):
        make_realm(here / name)
    (here / "own/clients").rename(here / "config")
    (here / "config/base").rename(here / "base")
    (here / "config/zester").mkdir()
    (here / "base").rename(here / "config/zester/base")
    assert found() == here / "config/zester/base"
    (here / "here/.zester").mkdir()
    (here / "dev").rename(here / "here/.zester/trust")
    assert found() == here / "here/.zester/trust/clients/base"
    monkeypatch.setenv("ZESTER_TRUST", str(here / "variable/clients"))
    assert found() == here / "variable/clients/base"
    assert found(here / "flag/clients/base") == here / "flag/clients/base"


def test_each_environment_has_its_folder_and_another_ones_is_refused(here: Path) -> None:
    realm = make_realm(here / "trust", envs=("base", "dev"))
    assert found(realm.folder, "dev") == realm.client("dev")
    with pytest.raises(SettingsError, match="is for environment 'dev', not 'base'"):
        found(realm.client("dev"), "base")
    with pytest.raises(SettingsError, match=r"has no context.json of environment 'prod'"):
        found(realm.folder, "prod")
    with pytest.raises(SettingsError, match=r"has no context.json"):
        found(here)


def test_the_first_tier_that_is_there_is_used(here: Path) -> None:
    realm = make_realm(here / "trust")
    context = Context(None, str(realm.folder), None)
    assert context.login(*LOOK).name == "operator"
    (realm.client("base") / "operator.creds").unlink()
    assert context.login(*LOOK).name == "publisher"
    (realm.client("base") / "publisher.creds").unlink()
    assert context.login(*GLANCE).name == "viewer/viewer"
    with pytest.raises(SettingsError, match="no credentials of a publisher") as caught:
        context.signer()
    assert caught.value.hint == "`zester trust issue DIR publisher NAME` makes them"


def test_credentials_whose_time_is_over_are_told_before_a_server_is_asked(here: Path) -> None:
    realm = make_realm(here / "trust")
    client = ClientFolder.open(realm.client("base"))
    client.keep(Tier.PUBLISHER, realm.realm.issue("base", Tier.PUBLISHER, "old", lifetime=-5))
    with pytest.raises(SettingsError, match=r"publisher.creds ended at"):
        Context(None, str(realm.folder), None).signer()


def test_another_address_may_be_named_but_none_in_clear(here: Path) -> None:
    realm = make_realm(here / "trust")
    assert Context("tls://other", str(realm.folder), None).servers == ("tls://other:4222",)
    with pytest.raises(SettingsError, match="in clear are refused"):
        _ = Context("nats://other", str(realm.folder), None).servers


async def test_a_newer_bundle_is_kept_and_an_older_one_refused_from_then_on(
    trusted_server: EmbeddedServer, realm: Realm, here: Path
) -> None:
    folder = client_folder(here / "client", trusted_server)
    context = Context(None, str(folder), None)
    async with bus_as(trusted_server, Tier.MASTER) as master:
        records = Records(master, TRUST)
        await records.put("bundle", realm.bundle("base", serial=7))
        verifier = await context.verifier(master)
        assert verifier.anchored.bundle.serial == 7
        await records.put("bundle", realm.bundle("base", serial=6))
        with pytest.raises(StaleRevision, match="serial 6, but 7 was seen before"):
            await Context(None, str(folder), None).verifier(master)
        await records.delete("bundle")
        verifier = await Context(None, str(folder), None).verifier(master)
        assert verifier.anchored.bundle.serial == 7


async def test_a_bundle_of_another_operator_is_refused(
    trusted_server: EmbeddedServer, here: Path
) -> None:
    folder = client_folder(here / "client", trusted_server)
    async with bus_as(trusted_server, Tier.MASTER) as master:
        await Records(master, TRUST).put("bundle", Realm.generate().bundle("base", serial=9))
        with pytest.raises(UnknownSigner, match="not by the pinned"):
            await Context(None, str(folder), None).verifier(master)
    assert not (folder / "bundle").exists()


async def test_without_any_bundle_the_way_out_is_told(
    trusted_server: EmbeddedServer, here: Path
) -> None:
    folder = client_folder(here / "client", trusted_server)
    async with bus_as(trusted_server, Tier.MASTER) as master:
        await Records(master, TRUST).delete("bundle")
        with pytest.raises(SettingsError, match="no trust bundle on the bus"):
            await Context(None, str(folder), None).verifier(master)
