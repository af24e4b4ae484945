"""Passwords of ``user.present``: hashed once, shown nowhere."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from support.machines.account_host import RecordingHost, call
from zester_peel.states.account.password import fresh_hash, matches

pytestmark = pytest.mark.anyio


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
