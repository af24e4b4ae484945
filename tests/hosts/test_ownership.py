"""Users, groups and modes as only root can set them."""

from __future__ import annotations

import os
from collections.abc import Callable

from hosts.site import Site
from support.dev import until
from support.machines.host import ManagedHost

USERS = "root:x:0:0::/root:/bin/sh\napp:x:4242:4243::/srv:/bin/false\n"
GROUPS = "root:x:0:\nstaff:x:4343:\n"

STATES = """
/srv/numbers:
  file.managed:
    - contents: one
    - user: 1234
    - group: '4321'
    - mode: '0640'
    - makedirs: True
/srv/names:
  file.managed:
    - contents: two
    - user: app
    - group: staff
    - mode: '4755'
/srv/folder:
  file.directory:
    - user: app
    - group: staff
    - mode: '2770'
"""

WISHED = {
    "/srv/numbers": (1234, 4321, 0o640),
    "/srv/names": (4242, 4343, 0o4755),
    "/srv/folder": (4242, 4343, 0o2770),
}


def accounts(host: ManagedHost, users: str = USERS, groups: str = GROUPS) -> None:
    host.path("/etc").mkdir(exist_ok=True)
    host.path("/etc/passwd").write_text(users)
    host.path("/etc/group").write_text(groups)


def held(host: ManagedHost, name: str) -> tuple[int, int, int]:
    found = host.path(name).stat()
    return found.st_uid, found.st_gid, found.st_mode & 0o7777


def as_wished(host: ManagedHost) -> Callable[[], bool]:
    return lambda: all(held(host, name) == wished for name, wished in WISHED.items())


def test_owners_by_number_and_by_the_names_of_the_root_itself_are_set_and_kept(
    site: Site, host: ManagedHost
) -> None:
    accounts(host)
    site.push(STATES)
    assert {name: held(host, name) for name in WISHED} == WISHED

    for name in WISHED:
        os.chown(host.path(name), 0, -1)
    until("foreign owners are put right", as_wished(host), 5)
    for name in WISHED:
        os.chown(host.path(name), -1, 0)
    until("foreign groups are put right", as_wished(host), 5)
    for name in WISHED:
        host.path(name).chmod(0o777)
    until("foreign modes are put right", as_wished(host), 5)
    host.path("/srv/names").write_text("foreign")
    until("foreign content too", lambda: host.text("/srv/names") == "two\n", 5)
    assert held(host, "/srv/names") == WISHED["/srv/names"]


def test_special_bits_that_no_state_names_survive_a_new_owner_and_new_content(
    site: Site, host: ManagedHost
) -> None:
    accounts(host)
    tool = host.path("/tool")
    tool.write_text("old")
    os.chown(tool, 1, 1)
    tool.chmod(0o6711)

    site.push("/tool:\n  file.managed:\n    - user: app\n    - replace: False\n    - contents: x\n")
    assert held(host, "/tool") == (4242, 1, 0o6711)
    site.push("/tool:\n  file.managed:\n    - contents: new\n")

    assert host.text("/tool") == "new\n"
    assert held(host, "/tool") == (4242, 1, 0o6711)


def test_folders_made_on_the_way_belong_to_the_owner_of_the_file(
    site: Site, host: ManagedHost
) -> None:
    accounts(host)

    site.push(
        "/deep/er/file:\n  file.managed:\n    - user: app\n    - group: staff\n"
        "    - mode: '0600'\n    - makedirs: True\n    - contents: x\n"
    )

    for folder in ("/deep", "/deep/er"):
        assert held(host, folder) == (4242, 4343, 0o700), folder


def test_an_unknown_user_fails_clearly_and_works_once_there_is_one(
    site: Site, host: ManagedHost
) -> None:
    accounts(host)
    state = "/f:\n  file.managed:\n    - contents: x\n    - user: {0}\n    - group: {1}\n"

    site.push(state.format("nobody-such", "staff"), code=2)
    assert site.failure() == "user 'nobody-such' does not exist; create it with an earlier state"
    assert not host.path("/f").exists()
    site.push(state.format("app", "no-such"), code=2)
    assert site.failure() == "group 'no-such' does not exist; create it with an earlier state"
    assert not host.path("/f").exists()

    accounts(host, groups=GROUPS + "no-such:x:4444:\n")
    until("the group is found", lambda: host.path("/f").exists(), 30)
    assert held(host, "/f") == (4242, 4444, 0o644)
