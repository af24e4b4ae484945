"""``user`` and ``group``: what is asked of which tool, on account files below a folder."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from support.machines.answering_host import AnsweringHost
from zester.compiler.lowstate import LowChunk
from zester.errors import At
from zester_peel.engine.converge import Engine
from zester_peel.engine.outcome import Cause, Outcome
from zester_peel.host.protocol import CommandResult, HostReader
from zester_peel.states.account.database import AccountFiles
from zester_peel.states.account.group_absent import GroupAbsent
from zester_peel.states.account.group_present import GroupPresent
from zester_peel.states.account.password import fresh_hash, matches
from zester_peel.states.account.tools.busybox import BusyboxTools
from zester_peel.states.account.tools.choice import account_tools
from zester_peel.states.account.tools.protocol import AccountTools, NewUser, Removal, UserChange
from zester_peel.states.account.tools.shadow import ShadowTools
from zester_peel.states.account.user_absent import UserAbsent
from zester_peel.states.account.user_present import UserPresent

pytestmark = pytest.mark.anyio

USERS = (
    "root:x:0:0:root:/root:/bin/sh\nann:x:5001:5001:Ann,1,2:/home/ann:/bin/zsh\nbroken\n"
    "ünï:x:5002:100:a,b,c,d,e,f:/:/bin/sh\n"
)
GROUP = "root:x:0:\nann:x:5001:\nstaff:x:6000:ann,bob\nempty:x:6001:\nalso-staff:x:6000:\n"
SHADOW = "root:*:1::::::\nann:$6$old$hash:19000:0:99999:7:::\nünï::1:::::x:\n"


class RecordingHost(AnsweringHost):
    """Runs nothing: notes what would be run, and fails what it is told to."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.ran: list[tuple[tuple[str, ...], bytes | None]] = []
        self.failing: dict[str, str] = {}

    def answer(self, argv: tuple[str, ...], stdin: bytes | None) -> CommandResult:
        bare = argv
        if argv[1:2] in (("-P",), ("-R",), ("-Q",)) and argv[2] == str(self.root):
            bare = (argv[0], *argv[3:])
        self.ran.append((bare, stdin))
        said = self.failing.get(argv[0])
        if said == "echo":
            said = (stdin or b"").decode()
        return CommandResult(argv, 0 if said is None else 10, "", said or "")


@pytest.fixture
def host(root: Path) -> RecordingHost:
    (root / "etc").mkdir()
    for name, text in (("passwd", USERS), ("group", GROUP), ("shadow", SHADOW)):
        (root / "etc" / name).write_text(text)
    (root / "etc" / "login.defs").write_text("# x\nUSERGROUPS_ENAB yes\nHOME_MODE\t0700\n")
    (root / "home" / "ann").mkdir(parents=True)
    return RecordingHost(root)


async def call(
    host: RecordingHost,
    function: str,
    name: str,
    args: Mapping[str, object] | None = None,
    *,
    test: bool = False,
    tools: AccountTools | None = None,
) -> Outcome:
    async def find(host: HostReader) -> AccountTools:
        return tools or ShadowTools()

    files = AccountFiles()
    states = (
        UserPresent(files, find),
        UserAbsent(files, find),
        GroupPresent(files, find),
        GroupAbsent(files, find),
    )

    state, fun = function.split(".")
    chunk = LowChunk(
        state=state,
        fun=fun,
        name=name,
        id="it",
        sls="web",
        env="base",
        at=At("web.sls", 1),
        order=10_000,
        args=args or {},
    )
    engine = Engine(host, {each.function: each for each in states}, None)  # type: ignore[arg-type]
    # accounts take nothing from the tree
    run = await engine.run(engine.program([chunk]), cause=Cause.REVISION, test=test)
    return run.outcomes[0]


@pytest.mark.parametrize(
    ("function", "name", "args", "argv"),
    [
        ("user.present", "new", {}, ("useradd", "-m", "--", "new")),
        (
            "user.present",
            "new",
            {
                "uid": "0700",
                "gid": "staff",
                "groups": ["empty", "staff", "also-staff"],
                "home": "/srv/x/",
                "createhome": False,
                "shell": "-s",
                "system": True,
                "unique": False,
                "nologinit": True,
                "fullname": "New $(id)",
                "other": "a,b",
            },
            (
                *("useradd", "-u", "700", "-g", "staff", "-G", "empty"),
                *("-c", "New $(id),,,,a,b", "-d", "/srv/x", "-M", "-s", "-s", "-r", "-o", "-l"),
                *("--", "new"),
            ),
        ),
        ("user.present", "new", {"usergroup": True}, ("useradd", "-U", "-m", "--", "new")),
        ("user.present", "empty", {}, ("useradd", "-g", "empty", "-m", "--", "empty")),
        (
            "user.present",
            "ann",
            {"shell": "/bin/sh", "roomnumber": "", "fullname": "Anna"},
            ("usermod", "-c", "Anna,,2", "-s", "/bin/sh", "--", "ann"),
        ),
        (
            "user.present",
            "ann",
            {"groups": ["empty"], "remove_groups": False},
            ("usermod", "-G", "empty,staff", "--", "ann"),
        ),
        ("user.present", "ann", {"groups": []}, ("usermod", "-G", "", "--", "ann")),
        (
            "user.present",
            "ann",
            {"gid": "staff", "allow_gid_change": True, "groups": ["also-staff"]},
            ("usermod", "-g", "staff", "--", "ann"),
        ),
        (
            "user.present",
            "ann",
            {"home": "/srv/ann", "persist_home": True},
            ("usermod", "-d", "/srv/ann", "-m", "--", "ann"),
        ),
        (
            "user.present",
            "ann",
            {"expire": -1, "maxdays": 5, "warndays": 7},
            ("chage", "--maxdays=5", "--", "ann"),
        ),
        ("user.present", "ann", {"password_lock": True}, ("usermod", "-L", "--", "ann")),
        ("user.present", "ann", {"empty_password": True}, ("passwd", "-d", "--", "ann")),
        (
            "user.absent",
            "ann",
            {"purge": True, "force": True},
            ("userdel", "-r", "-f", "--", "ann"),
        ),
        (
            "group.present",
            "new",
            {"gid": 6000, "non_unique": True, "system": True},
            ("groupadd", "-g", "6000", "-r", "-o", "--", "new"),
        ),
        ("group.present", "empty", {"gid": 7}, ("groupmod", "-g", "7", "--", "empty")),
        ("group.present", "staff", {"members": "ann"}, ("gpasswd", "-d", "bob", "--", "staff")),
        ("group.present", "empty", {"addusers": ["ann"]}, ("gpasswd", "-a", "ann", "--", "empty")),
        ("group.absent", "empty", {}, ("groupdel", "--", "empty")),
    ],
)
async def test_what_is_run(
    host: RecordingHost,
    function: str,
    name: str,
    args: dict[str, object],
    argv: tuple[str, ...],
) -> None:
    predicted = await call(host, function, name, args, test=True)
    assert predicted.result is None
    assert host.ran == []
    done = await call(host, function, name, args)
    assert host.ran == [(argv, None)], done.comment
    assert done.changes == predicted.changes


@pytest.mark.parametrize(
    ("function", "name", "args"),
    [
        ("user.present", "ann", {}),
        ("user.present", "ann", {"groups": ["staff", "ann"], "gid": 5001, "uid": "5001"}),
        ("user.present", "ann", {"groups": ["also-staff"], "optional_groups": ["gone"]}),
        ("user.present", "ann", {"password": "$6$old$hash", "date": 19000, "inactdays": -1}),
        ("user.present", "ann", {"password": "other", "enforce_password": False}),
        ("user.present", "ünï", {"other": "e,f", "workphone": "c", "empty_password": True}),
        ("user.absent", "nobody", {}),
        ("group.present", "staff", {"members": []}),
        ("group.present", "staff", {"members": ["bob", "ann", "bob"], "gid": "6000"}),
        ("group.present", "staff", {"addusers": "ann", "delusers": ["gone"]}),
        ("group.absent", "gone", {}),
    ],
)
async def test_what_is_right_is_left_alone(
    host: RecordingHost, function: str, name: str, args: dict[str, object]
) -> None:
    done = await call(host, function, name, args)
    assert (done.result, done.changes) == (True, {}), done.comment
    assert host.ran == []


@pytest.mark.parametrize(
    ("function", "name", "args", "said"),
    [
        ("user.present", "two words", {}, "cannot be the name"),
        ("user.present", "a:b", {}, "cannot be the name"),
        ("user.present", "a\nroot2:x:0:0::/:/bin/sh", {}, "cannot be the name"),
        ("group.present", "-r", {}, "cannot be the name"),
        ("group.absent", "..", {}, "cannot be the name"),
        ("user.present", "x", {"fullname": "a:b"}, "colon or control character"),
        ("user.present", "x", {"shell": "/bin/sh\nroot2"}, "colon or control character"),
        ("user.present", "x", {"fullname": "a,b"}, "fullname has a comma"),
        ("user.present", "x", {"home": "srv"}, "not an absolute path"),
        ("user.present", "x", {"uid": -1}, "not the number"),
        ("user.present", "x", {"uid": 2**32}, "too large"),
        ("user.present", "x", {"win_homedrive": "U:"}, "only Windows"),
        ("user.present", "x", {"groups": ["a,b"]}, "cannot be the name"),
        ("user.present", "ann", {"uid": 1, "gid": 0}, "changing uid .5001 -> 1. not permitted"),
        ("user.absent", "root", {}, "refusing"),
        ("group.present", "x", {"members": ["a"], "addusers": ["b"]}, "together"),
        ("group.present", "x", {"addusers": ["a"], "delusers": ["a"]}, "same time: a"),
        ("group.present", "x", {"gid": 6000}, "Group x is not present but gid 6000 is already"),
        ("group.present", "empty", {"gid": 6000}, "taken by group staff"),
    ],
)
async def test_what_is_refused(
    host: RecordingHost, function: str, name: str, args: dict[str, object], said: str
) -> None:
    predicted = await call(host, function, name, args, test=True)
    done = await call(host, function, name, args)
    assert done.result is predicted.result is False
    assert done.comment == predicted.comment
    assert re.search(said, done.comment), done.comment
    assert host.ran == []


async def test_passwords_go_through_standard_input_and_are_shown_nowhere(
    host: RecordingHost, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    done = await call(host, "user.present", "ann", {"password": "$6$new$secret", "date": 3})
    assert host.ran == [
        (("chpasswd", "-e"), b"ann:$6$new$secret\n"),
        (("chage", "--lastday=3", "--", "ann"), None),
    ]
    assert done.changes == {"passwd": "XXX-REDACTED-XXX", "lstchg": 3}
    host.ran.clear()
    host.failing["chpasswd"] = "echo"
    failed = await call(host, "user.present", "ann", {"password": "$6$new$secret"})
    hashed = await call(host, "user.present", "ann", {"password": "secret", "hash_password": True})
    wrong = await call(host, "user.present", "ann", {"password": "sec:ret"})
    mistyped = await call(host, "user.present", "ann", {"password": ["secret"]})
    for each in (failed, hashed, wrong, mistyped):
        assert each.result is False
        shown = json.dumps([each.comment, each.changes])
        assert "secret" not in shown
        assert "sec:ret" not in shown
    assert "secret" not in caplog.text
    assert all("secret" not in " ".join(argv) for argv, _ in host.ran)


async def test_a_password_is_hashed_once(host: RecordingHost, root: Path) -> None:
    hashed = fresh_hash("tea")
    assert matches("tea", hashed)
    assert not matches("Tea", hashed)
    (root / "etc/shadow").write_text(f"ann:{hashed}:::::::\n")
    same = await call(host, "user.present", "ann", {"password": "tea", "hash_password": True})
    assert (same.result, same.changes, host.ran) == (True, {}, [])
    await call(
        host,
        "user.present",
        "ann",
        {"password": "tea", "hash_password": True, "password_lock": True},
    )
    (argv, line), *_ = host.ran
    assert argv == ("chpasswd", "-e")
    assert line is not None
    assert line.startswith(b"ann:!$6$")
    assert matches("tea", line.decode().strip().removeprefix("ann:!"))


@pytest.mark.parametrize(
    "hashed",
    [
        "$y$j9T$abc$def",
        "$1$ab$cd",
        "!",
        "",
        "$6$rounds=999999999$x$y",
    ],
)
def test_an_unknown_hash_is_no_password(hashed: str) -> None:
    assert not matches("Hello world", hashed)


@pytest.mark.parametrize(
    "hashed",
    [
        "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnI"
        "FNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1",
        "$5$rounds=10000$saltstringsaltst$3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA",
    ],
)
def test_known_hashes(hashed: str) -> None:
    assert matches("Hello world!", hashed)
    assert not matches("Hello world", hashed)


async def test_missing_groups_fail_the_run_and_not_the_prediction(host: RecordingHost) -> None:
    args: dict[str, object] = {"groups": ["gone", "staff"]}
    predicted = await call(host, "user.present", "ann", args, test=True)
    assert predicted.result is None
    assert "pending groups: gone" in predicted.comment
    done = await call(host, "user.present", "ann", args)
    assert done.comment == "The following group(s) are not present: gone"
    assert host.ran == []


async def test_what_a_tool_says_is_told(host: RecordingHost) -> None:
    host.failing = {"useradd": "useradd: cannot lock /etc/passwd; try again later.\n"}
    done = await call(host, "user.present", "new")
    assert done.result is False
    assert "cannot create user new: useradd ended with 10: useradd: cannot lock" in done.comment
    assert "/etc/.pwd.lock" in done.comment


async def test_a_home_is_made_again(host: RecordingHost, root: Path) -> None:
    (root / "home/ann").rmdir()
    (root / "home/ann").symlink_to("/etc")
    linked = await call(host, "user.present", "ann")
    assert linked.changes == {}
    (root / "home/ann").unlink()
    (root / "home/ann").symlink_to("/nowhere")
    dangling = await call(host, "user.present", "ann")
    assert dangling.result is False
    assert "/home/ann" in dangling.comment
    left_alone = await call(host, "user.present", "ann", {"createhome": False})
    assert left_alone.changes == {}


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


async def test_a_primary_group_may_be_one_that_is_not_in_the_files(
    host: RecordingHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host, "group_id", lambda name: {"far": 5001}.get(name))
    same = await call(host, "user.present", "ann", {"gid": "far"})
    assert (same.result, same.changes) == (True, {})
    other = await call(host, "user.present", "ann", {"gid": "gone"})
    assert "changing gid (5001 -> gone) not permitted" in other.comment


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
