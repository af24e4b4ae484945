"""From ``zester trust init`` to a revoked publisher, on a real server that runs what was made."""

from __future__ import annotations

import json
from pathlib import Path

import anyio
import pytest

from support.served_realm import ServedRealm
from zester.bus.link.connection import open_bus
from zester.bus.link.folder_login import FolderLogin
from zester.cli.trust.server_rules import check_servers
from zester.trust.disk.client_folder import ClientFolder
from zester.trust.disk.realm_folder import read_ledger
from zester.trust.tiers import Tier

from .conftest import eventually, master_of

pytestmark = [pytest.mark.anyio, pytest.mark.e2e]


def tree(folder: Path, text: str = "one") -> Path:
    (folder / "states").mkdir(parents=True, exist_ok=True)
    (folder / "states/top.zy").write_text("base:\n  '*':\n    - a\n")
    (folder / "states/a.zy").write_text(f"{text}:\n  test.nop: []\n")
    return folder


async def findings(served: ServedRealm, *more: str) -> dict[str, list[str]]:
    done = await served.zester("trust", "lint", str(served.folder), "-o", "json", *more, code=None)
    found: dict[str, list[str]] = {}
    for each in json.loads(done.stdout):
        if each["severity"] != "info":
            found.setdefault(each["rule"], []).append(each["message"])
    return found


async def pushed(served: ServedRealm, code: int | None, **more: str) -> str:
    done = await served.zester(
        *("push", str(tree(served.home / "tree", **more))),
        trust=served.folder,
        code=code,
    )
    return done.stdout + done.stderr


async def test_a_realm_works_as_it_was_made_and_a_revoked_publisher_is_out_at_once(
    tmp_path: Path,
) -> None:
    served = ServedRealm(tmp_path)
    await served.init()
    await served.start_server()
    try:
        await _use_and_revoke(served)
    finally:
        await served.stop_server()


async def _use_and_revoke(served: ServedRealm) -> None:
    async with master_of(served):
        await eventually(lambda: _clean(served), "the master put the bundle on the bus")
        assert "revision 1" in await pushed(served, 0)
        history = json.loads(
            (await served.zester("history", "-o", "json", trust=served.folder)).stdout
        )
        assert [entry["signed_by"] for entry in history] == ["publisher"]

        folder = ClientFolder.open(served.folder / "clients" / "base")
        login = FolderLogin(folder, Tier.PUBLISHER)
        async with open_bus([served.url], name="live", login=login) as bus:
            lost = anyio.Event()
            bus.on_disconnect(lost.set)
            done = await served.zester("trust", "revoke", str(served.folder), "publisher")
            with anyio.fail_after(30):
                await lost.wait()
        assert "trust bundle 2 sent" in done.stdout
        assert "signed by the revoked key: heads.base.cli" in done.stderr

        refused = await pushed(served, 1, text="two")
        assert "uthorization" in refused
        assert "revoked, expired, or of another realm" in refused

        await served.stop_server()
        await served.start_server()
        assert "uthorization" in await pushed(served, 1, text="two")
        assert await findings(served) == {}

        await served.zester(
            *("trust", "issue", str(served.folder), "publisher", "ci", "--to", "ci")
        )
        done = await served.zester("push", "tree", trust=served.home / "ci")
        assert "revision 2" in done.stdout
        # The revoked publisher's revision 1 must not come back by a rollback.
        done = await served.zester("rollback", "1", trust=served.home / "ci", code=1)
        users = json.loads(
            (await served.zester("trust", "list", "trust", "--all", "-o", "json")).stdout
        )["users"]
        assert {user["name"]: user["state"] for user in users if user["tier"] == "publisher"} == {
            "publisher": "revoked",
            "ci": "valid",
        }


async def _clean(served: ServedRealm) -> bool:
    ledger = read_ledger(served.folder)
    return all(
        each.severity == "info" for each in await check_servers(served.folder, ledger, "base")
    )


async def test_a_change_made_offline_is_told_by_lint_and_sent_by_publish(
    served: ServedRealm,
) -> None:
    await served.zester("trust", "publish", "trust")
    assert await findings(served) == {}
    await served.zester("trust", "revoke", "trust", "operator", "--offline")
    found = await findings(served)
    assert "serial 1, ours 2" in found["bundle"][0]
    assert "older account of masters and people" in found["account"][0]
    done = await served.zester("trust", "publish", "trust")
    assert "account of masters and people sent, trust bundle 2 sent" in done.stdout
    assert await findings(served) == {}
    done = await served.zester("trust", "publish", "trust")
    assert "the servers have everything" in done.stdout


async def test_servers_that_cannot_be_told_leave_the_change_in_the_folder(
    served: ServedRealm,
) -> None:
    await served.stop_server()
    done = await served.zester("trust", "revoke", "trust", "publisher", code=1)
    assert "the servers were not reached" in done.stderr
    assert "zester trust publish" in done.stderr
    # Which peels are revoked only the servers know: without them the account is not signed anew.
    done = await served.zester("trust", "revoke", "trust", "viewer", code=1)
    assert "the servers must be asked which peels are revoked" in done.stderr
    await served.start_server()
    await served.zester("trust", "publish", "trust")
    assert await findings(served) == {}


async def test_an_old_copy_of_the_folder_changes_nothing(served: ServedRealm) -> None:
    import shutil

    shutil.copytree(served.folder, served.home / "old", symlinks=True)
    await served.zester("trust", "publish", "trust")
    await served.zester("trust", "revoke", "trust", "publisher")
    done = await served.zester("trust", "publish", "old", code=1)
    assert "is the folder an old copy?" in done.stderr
    assert await findings(served) == {}


async def test_certificate_and_authority_are_replaced_under_a_live_connection(
    served: ServedRealm,
) -> None:
    before = served.folder / "issued-before"
    await served.zester("trust", "issue", "trust", "viewer", "early", "--to", str(before))
    async with master_of(served):
        await eventually(lambda: _clean(served), "the master put the bundle on the bus")
        await served.zester("status", trust=before)
        early = await anyio.Path(before / "context.json").read_text()

        await served.zester("trust", "rotate", "trust", "ca")
        assert "still signed by the old authority" in (await findings(served))["rotation"][0]
        done = await served.zester("trust", "rotate", "trust", "ca", "--finish", code=1)
        assert "still signed by the old" in done.stderr
        # Whoever looks in while both count knows the new one from then on.
        await served.zester("history", trust=before, code=1)  # nothing was pushed

        await served.zester("trust", "rotate", "trust", "server")
        served.reload_server()
        await eventually(lambda: _presents_the_newest(served), "the server has the new certificate")
        await served.zester("trust", "rotate", "trust", "ca", "--finish")
        assert await findings(served) == {}
        await served.zester("status", trust=before)
        assert await anyio.Path(before / "context.json").read_text() == early
        stranger = served.home / "late"
        await _copy_without_bundle(before, stranger)
        done = await served.zester("status", trust=stranger, code=1)
        assert "certificate verify failed" in done.stderr


async def test_a_signing_key_is_replaced_while_its_users_work(served: ServedRealm) -> None:
    async with master_of(served):
        await eventually(lambda: _clean(served), "the master put the bundle on the bus")
        await pushed(served, 0)
        await served.zester("trust", "rotate", "trust", "signing-key", "publisher")
        assert "old signing key of tier publisher" in (await findings(served))["rotation"][0]
        assert "revision 2" in await pushed(served, 0, text="two")
        await served.zester("trust", "issue", "trust", "publisher", "new", "--to", "new")
        finish = ("trust", "rotate", "trust", "signing-key", "publisher", "--finish")
        done = await served.zester(*finish, code=1)
        assert "still vouches for heads.base.cli" in done.stderr
        tree(served.home / "tree", "three")
        done = await served.zester("push", "tree", trust=served.home / "new")
        assert "revision 3" in done.stdout
        await served.zester(*finish)
        assert "uthorization" in await pushed(served, 1, text="four")
        done = await served.zester("push", "tree", trust=served.home / "new")
        assert "revision 4" in done.stdout
        assert await findings(served) == {}


async def _copy_without_bundle(folder: Path, to: Path) -> None:
    to.mkdir()
    for name in ("context.json", "viewer.creds"):
        (to / name).write_bytes((folder / name).read_bytes())
        (to / name).chmod((folder / name).stat().st_mode & 0o777)


async def _presents_the_newest(served: ServedRealm) -> bool:
    import ssl

    from zester.trust.certificates import signed_by

    def ask() -> str:
        return ssl.get_server_certificate(("127.0.0.1", served.port))

    pem = await anyio.to_thread.run_sync(ask)
    newest = json.loads((served.folder / "realm.json").read_text())["authorities"][0]
    return signed_by(pem, newest)
