"""Users and groups, of the machine and of a root."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from zester_peel.host.accounts import Accounts
from zester_peel.host.linux import LinuxHost
from zester_peel.host.paths import Paths

USERS = "root:x:0:0::/root:/bin/sh\nann:x:5001:5001:Ann:/home/ann:/bin/zsh\nbroken\nbad:x:y:z\n"
GROUPS = "root:x:0:\nann:x:5001:\nstaff:x:6000:ann,bob\nempty:x:6001\n"


@pytest.fixture
def accounts(root: Path) -> Accounts:
    (root / "etc").mkdir()
    (root / "etc" / "passwd").write_text(USERS)
    (root / "etc" / "group").write_text(GROUPS)
    return Accounts(Paths(root))


def test_a_root_has_its_own_accounts(accounts: Accounts) -> None:
    ann = accounts.account("ann")
    assert ann is not None
    assert (ann.uid, ann.home, ann.shell) == (5001, "/home/ann", "/bin/zsh")
    assert accounts.account("5001") == ann
    assert accounts.gid("staff") == 6000
    assert accounts.owner(5001) == "ann"
    assert accounts.group(6000) == "staff"
    assert accounts.groups(ann) == [5001, 6000]
    assert accounts.account("daemon") is None


def test_numbers_need_no_account(accounts: Accounts) -> None:
    assert accounts.uid("4242") == 4242
    assert accounts.gid("0") == 0
    assert accounts.owner(4242) == "4242"
    for name in ("nobody-we-know", "", "-1", "4294967295", "9" * 50, "٣"):
        assert accounts.uid(name) is None
        assert accounts.gid(name) is None


def test_a_new_account_is_seen(accounts: Accounts, root: Path) -> None:
    assert accounts.uid("bob") is None
    with (root / "etc" / "passwd").open("a") as file:
        file.write("bob:x:5002:5002::/:/bin/sh\n")
    assert accounts.uid("bob") == 5002


def test_a_changed_account_is_seen_once_a_command_ran(accounts: Accounts, root: Path) -> None:
    assert accounts.uid("ann") == 5001
    (root / "etc" / "passwd").write_text(USERS.replace("5001:5001:Ann", "5009:5001:Ann"))
    accounts.forget()
    assert accounts.uid("ann") == 5009


def test_a_root_without_accounts_has_the_machines(host: LinuxHost) -> None:
    assert host.user_id("root") == 0
    assert host.group_id("root") == 0
    assert Accounts(Paths(Path("/"))).owner(os.geteuid())


def test_a_root_that_gets_accounts_later_has_them_from_then_on(root: Path) -> None:
    accounts = Accounts(Paths(root))
    assert accounts.uid("ann") is None
    assert accounts.gid("staff") != 6000
    (root / "etc").mkdir()
    (root / "etc" / "passwd").write_text(USERS)
    (root / "etc" / "group").write_text(GROUPS)
    assert accounts.uid("ann") == 5001
    assert accounts.owner(5001) == "ann"
    assert accounts.gid("staff") == 6000

    (root / "etc" / "passwd").unlink()
    accounts.forget()
    assert accounts.uid("ann") is None
