"""``user`` and ``group``: what is asked of which tool, on account files below a folder."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from support.machines.account_host import RecordingHost, call

pytestmark = pytest.mark.anyio


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


async def test_missing_groups_fail_the_run_and_not_the_prediction(host: RecordingHost) -> None:
    args: dict[str, object] = {"groups": ["gone", "staff"]}
    predicted = await call(host, "user.present", "ann", args, test=True)
    assert predicted.result is None
    assert "pending groups: gone" in predicted.comment
    done = await call(host, "user.present", "ann", args)
    assert done.comment == "The following group(s) are not present: gone"
    assert host.ran == []


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


async def test_a_primary_group_may_be_one_that_is_not_in_the_files(
    host: RecordingHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host, "group_id", lambda name: {"far": 5001}.get(name))
    same = await call(host, "user.present", "ann", {"gid": "far"})
    assert (same.result, same.changes) == (True, {})
    other = await call(host, "user.present", "ann", {"gid": "gone"})
    assert "changing gid (5001 -> gone) not permitted" in other.comment
