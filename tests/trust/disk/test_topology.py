"""Clusters and leaf sites in a realm's folder: what each server is given, and no more."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.realm_folder import PASSPHRASE, make_realm
from zester.cli.trust.folder_rules import check_folder
from zester.errors import SettingsError
from zester.trust.certificates import read_certificate
from zester.trust.credentials import read_credentials
from zester.trust.disk.changing import (
    renew_accounts,
    revoke,
    rotate_authority,
    rotate_server,
    server_has_newest,
)
from zester.trust.disk.founding import found_realm
from zester.trust.disk.leaves import NewLeaf, add_leaf
from zester.trust.disk.ledger import Site
from zester.trust.disk.realm_folder import RealmFolder, read_ledger
from zester.trust.disk.topology import Member, members_of, read_clusters
from zester.trust.disk.vault import QUICK
from zester.trust.tokens import mint, read_token

HOSTS = ("n1.example.com", "n2.example.com", "n3.example.com")


def make_cluster(folder: Path) -> RealmFolder:
    members = members_of(HOSTS, "/etc/nats", str(folder / "servers"))
    site = Site(
        url=tuple(f"tls://{host}:4222" for host in HOSTS),
        hosts=HOSTS,
        listen="0.0.0.0:4222",
        place="/etc/nats",
    )
    return found_realm(folder, site, ("base",), PASSPHRASE, cost=QUICK, cluster=members)


def leaf(name: str = "shop", env: str = "base") -> NewLeaf:
    return NewLeaf(name, env, ("shop.example.com",), "0.0.0.0:4222", "/etc/nats")


def test_each_server_of_a_cluster_has_its_own_name_certificate_and_routes(tmp_path: Path) -> None:
    realm = make_cluster(tmp_path / "trust")
    assert not (tmp_path / "trust/server").exists()
    assert [each.title for each in realm.servers] == ["server n1", "server n2", "server n3"]
    for number, each in enumerate(realm.servers):
        text = (each.path / "nats-server.conf").read_text()
        routes = text.split("routes:")[1].split("]")[0]
        assert [host in routes for host in HOSTS] == [place != number for place in range(3)]
        assert f'"zester-n{number + 1}-' in text
        assert "leafnodes" not in text
        named = read_certificate((each.path / "server.pem").read_text()).hosts
        assert HOSTS[number] in named
        assert not set(HOSTS) - {HOSTS[number]} & set(named)
        assert (each.path / "nats-server.conf").stat().st_mode & 0o077 == 0
    assert len({(each.path / "server.key").read_text() for each in realm.servers}) == 3


def test_the_secret_of_the_routes_is_in_the_servers_configuration_alone(tmp_path: Path) -> None:
    realm = make_cluster(tmp_path / "trust")
    secret = realm.realm.routes
    assert len(secret) >= 32
    found = [path for path in realm.folder.rglob("*") if path.is_file()]
    holds = {path.parent.name for path in found if secret.encode() in path.read_bytes()}
    assert holds == {"n1", "n2", "n3"}
    assert secret not in repr(realm.realm)
    add_leaf(realm, leaf())
    assert secret not in (realm.folder / "leaves/shop/nats-server.conf").read_text()
    assert RealmFolder.open(realm.folder, PASSPHRASE).realm.routes == secret


@pytest.mark.parametrize(
    ("hosts", "said"),
    [
        (("a", "b"), "at least 3"),
        (("a", "b", "b"), "at least 3"),
        (("a", "b", "c", "a"), "different"),
        (("hub", "b", "c"), "not a name"),
        (("a", "b", "../../etc"), "not a name"),
        (("a", "b", 'c" }'), "not a name"),
    ],
)
def test_what_is_no_cluster_is_refused(hosts: tuple[str, ...], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        members_of(hosts, None, "/trust")


def test_several_clusters_are_connected_by_gateways_and_routes_stay_inside(tmp_path: Path) -> None:
    given = ("east=e1.a,e2.a,e3.a", "west=w1.a,w2.a,w3.a")
    members = read_clusters(given, None, str(tmp_path / "trust/servers"))
    assert [(each.name, each.cluster) for each in members] == [
        *(("e1", "east"), ("e2", "east"), ("e3", "east")),
        *(("w1", "west"), ("w2", "west"), ("w3", "west")),
    ]
    hosts = tuple(each.hosts[0] for each in members)
    site = Site(url=("tls://e1.a:4222",), hosts=hosts, listen="0.0.0.0:4222", place="/etc/nats")
    realm = found_realm(
        tmp_path / "trust", site, ("base",), PASSPHRASE, cost=QUICK, cluster=members
    )
    text = (realm.servers[0].path / "nats-server.conf").read_text()
    routes, gateway = text.split("routes:")[1].split("]")[0], text.split("gateway {")[1]
    assert "w1.a" not in routes
    assert all(f"{host}:7222" in gateway for host in hosts)
    assert 'name: "east"' in gateway.split("gateways:")[0]
    alone = read_clusters(("a,b,c",), None, "/trust")
    assert {each.cluster for each in alone} == {""}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("a,b,c", "d,e,f"), "need a name each"),
        (("x=a,b,c", "x=d,e,f"), "need a name each"),
        (("x=a,b,c", "y=d,e"), "at least 3"),
        (("x=a,b,c", "y=c,d,e"), "at least 3|different"),
        (("../x=a,b,c",), "not a name"),
        (("",), "at least 3"),
    ],
)
def test_what_are_no_clusters_is_refused(given: tuple[str, ...], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        read_clusters(given, None, "/trust")


def test_servers_are_named_by_what_tells_them_apart() -> None:
    def names(*hosts: str) -> list[str]:
        return [each.name for each in members_of(hosts, None, "/trust")]

    assert names(*HOSTS) == ["n1", "n2", "n3"]
    assert names("n.a", "n.b", "n.c") == ["n-a", "n-b", "n-c"]
    assert names("10.0.0.1", "10.0.0.2", "10.0.0.3") == ["10-0-0-1", "10-0-0-2", "10-0-0-3"]
    assert names("fd00::1", "fd00::2", "fd00::3") == ["fd00--1", "fd00--2", "fd00--3"]
    assert Member(name="a", hosts=("fd00::1",), place="/").route == "[fd00::1]:6222"


def test_a_leaf_site_gets_what_it_needs_and_no_key_of_the_realm(tmp_path: Path) -> None:
    realm = make_cluster(tmp_path / "trust")
    folder = add_leaf(realm, leaf())
    assert sorted(path.name for path in folder.iterdir()) == [
        *("account.creds", "ca.pem", "nats-server.conf"),
        *("server.key", "server.pem", "system.creds"),
    ]
    text = (folder / "nats-server.conf").read_text()
    assert 'domain: "shop"' in text
    assert all(f"tls://{host}:7422" in text for host in HOSTS)
    account, system = (read_credentials(folder / f"{name}.creds") for name in ("account", "system"))
    assert read_token(account.token).issuer == read_token(realm.ledger.leaves[0].account).subject
    heard = read_token(system.token).nats
    assert heard["pub"]["allow"] == ["$SYS.REQ.CLAIMS.PACK"]
    assert "$SYS.REQ.CLAIMS.UPDATE" not in str(heard["pub"])
    for who in (account, system):
        assert read_token(who.token).nats["allowed_connection_types"] == ["LEAFNODE"]
    for each in realm.servers[:3]:
        said = (each.path / "nats-server.conf").read_text()
        assert 'listen: "0.0.0.0:7422"' in said
        assert realm.ledger.leaves[0].account in said
    again = RealmFolder.open(realm.folder, PASSPHRASE)
    assert again.ledger == realm.ledger
    assert again.realm.keys("base").leaves.keys() == {"shop"}


def test_a_leaf_sites_name_counts_once(tmp_path: Path) -> None:
    realm = make_realm(tmp_path / "trust")
    add_leaf(realm, leaf())
    for name, said in (
        ("shop", "somebody called 'shop'"),
        ("publisher", "somebody called"),
        ("hub", "not a name"),
        ("a.b", "not a name"),
        ("*", "not a name"),
    ):
        with pytest.raises(SettingsError, match=said):
            add_leaf(realm, leaf(name))
    with pytest.raises(SettingsError, match="no environment 'prod'"):
        add_leaf(realm, leaf("other", "prod"))
    revoke(realm, "base", "shop", {})
    with pytest.raises(SettingsError, match="there is, or was"):
        add_leaf(realm, leaf())


def test_a_revoked_leaf_site_reaches_nothing_any_more(tmp_path: Path) -> None:
    realm = make_realm(tmp_path / "trust")
    add_leaf(realm, leaf())
    before = read_token(realm.ledger.leaves[0].account)
    gone = revoke(realm, "base", "shop", {})
    assert {user.tier for user in gone} == {"leaf", "system"}
    after = read_token(realm.ledger.leaves[0].account)
    assert after.subject == before.subject
    assert after.issued > before.issued
    assert "imports" not in after.nats
    assert set(after.nats["revocations"]) == {"*"}
    system = next(user.key for user in gone if user.tier == "system")
    assert system in read_token(realm.ledger.system_token).nats["revocations"]
    assert [each.title for each in realm.servers] == ["server"]
    assert after.text in (realm.server / "nats-server.conf").read_text()
    renew_accounts(realm, {"base": {}})
    assert read_token(realm.ledger.leaves[0].account).text == after.text


def test_certificates_of_all_servers_are_replaced_together(tmp_path: Path) -> None:
    realm = make_cluster(tmp_path / "trust")
    add_leaf(realm, leaf())
    old = [(each.path / "server.pem").read_text() for each in realm.servers]
    rotate_authority(realm)
    assert not server_has_newest(realm)
    rotate_server(realm)
    assert server_has_newest(realm)
    new = [(each.path / "server.pem").read_text() for each in realm.servers]
    assert not set(old) & set(new)
    assert len(set(new)) == 4


def test_a_realm_from_before_there_were_clusters_is_read(tmp_path: Path) -> None:
    realm = make_realm(tmp_path / "trust")
    path = realm.folder / "realm.json"
    told = json.loads(path.read_text())
    del told["cluster"], told["leaves"]
    path.write_text(json.dumps(told))
    assert read_ledger(realm.folder) == realm.ledger


def test_lint_knows_the_folders_of_clusters_and_leaf_sites(tmp_path: Path) -> None:
    realm = make_cluster(tmp_path / "trust")
    folder = add_leaf(realm, leaf())
    said = {finding.rule for finding in check_folder(realm.folder, realm.ledger)}
    assert said == {"root-online"}
    (folder / "account.creds").unlink()
    (realm.folder / "servers/n2/server.pem").write_text("x")
    (realm.folder / "servers/n3/server.key").chmod(0o644)
    old = realm.ledger.leaves[0]
    bare = mint(realm.realm.signing, read_token(old.account).subject, "LEAF", {"type": "account"})
    changed = realm.ledger.model_copy(
        update={"leaves": (old.model_copy(update={"account": bare}),)}
    )
    found = [each for each in check_folder(realm.folder, changed) if each.severity != "info"]
    assert {(each.rule, Path(each.place).name) for each in found} == {
        *(("leaf", "account.creds"), ("certificate", "server.pem"), ("mode", "server.key")),
        ("table", "leaf shop"),
    }
    assert all(each.hint for each in found)
