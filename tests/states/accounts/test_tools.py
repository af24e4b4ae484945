"""The tools that change accounts, and where accounts are looked up."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.machines.account_host import USERS, RecordingHost, call
from zester_peel.host.protocol import CommandResult
from zester_peel.states.account.database import AccountFiles
from zester_peel.states.account.tools.busybox import BusyboxTools
from zester_peel.states.account.tools.choice import account_tools
from zester_peel.states.account.tools.protocol import NewUser, Removal, UserChange
from zester_peel.states.account.tools.shadow import ShadowTools

pytestmark = pytest.mark.anyio


async def test_what_a_tool_says_is_told(host: RecordingHost) -> None:
    host.failing = {"useradd": "useradd: cannot lock /etc/passwd; try again later.\n"}
    done = await call(host, "user.present", "new")
    assert done.result is False
    assert "cannot create user new: useradd ended with 10: useradd: cannot lock" in done.comment
    assert "/etc/.pwd.lock" in done.comment


async def test_accounts_are_read_once_and_again_when_they_change(
    host: RecordingHost, root: Path
) -> None:
    files = AccountFiles()
    first = await files.read(host)
    assert sorted(first.users) == ["ann", "root", "ünï"]
    assert first.groups_of == {"ann": ("staff",), "bob": ("staff",)}
    assert first.shadow is not None
    assert "hash" not in repr(first.shadow["ann"])
    (root / "etc/passwd").write_text(f"{USERS}zoe:x:1:1::/:/bin/sh\n")
    assert "zoe" in (await files.read(host)).users


async def test_users_that_are_not_in_the_files_are_asked_for(
    host: RecordingHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def probe(argv: tuple[str, ...], **more: object) -> CommandResult:
        assert argv == ("getent", "passwd", "--", "far")
        return CommandResult(argv, 0, "far:*:9000:9000:Far:/home/far:/bin/sh\n", "")

    monkeypatch.setattr(host, "user_id", lambda name: 9000)
    monkeypatch.setattr(host, "probe", probe)
    files = AccountFiles()
    far = await files.user(host, "far", local=False)
    assert far is not None
    assert far.uid == 9000
    assert await files.user(host, "far", local=True) is None


async def test_busybox_creates_and_removes(host: RecordingHost) -> None:
    host.root = Path("/")
    tools = BusyboxTools()
    await tools.add_user(host, NewUser("x", uid=5, group="staff", groups=("empty",), system=True))
    await tools.remove_user(host, "x", Removal(purge=True))
    await tools.add_group(host, "g", 5, system=True, unique=True)
    await tools.remove_member(host, "g", "x")
    await tools.change_user(host, "x", UserChange(locked=True))
    assert [argv for argv, _ in host.ran] == [
        ("adduser", "-D", "-u", "5", "-G", "staff", "-g", "", "-S", "--", "x"),
        ("addgroup", "--", "x", "empty"),
        ("deluser", "--remove-home", "--", "x"),
        ("addgroup", "-g", "5", "-S", "--", "g"),
        ("delgroup", "--", "x", "g"),
        ("passwd", "-l", "--", "x"),
    ]
    refused = await call(host, "user.present", "ann", {"shell": "/bin/sh"}, tools=tools)
    assert "busybox cannot change uid, gid, home, shell" in refused.comment
    assert "install the package shadow" in refused.comment


async def test_the_tools_are_those_that_are_there(host: RecordingHost, root: Path) -> None:
    with pytest.raises(Exception, match="neither useradd nor adduser"):
        await account_tools(host)
    (root / "bin").mkdir()
    (root / "bin/adduser").write_text("")
    assert isinstance(await account_tools(host), BusyboxTools)
    (root / "usr/sbin").mkdir(parents=True)
    (root / "usr/sbin/useradd").write_text("")
    assert isinstance(await account_tools(host), ShadowTools)
