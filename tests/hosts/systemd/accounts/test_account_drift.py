"""Users, groups and crontabs that somebody changes while the peel runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from hosts.conftest import Figure
from hosts.site import Site
from hosts.systemd.following import follow, watched
from hosts.systemd.machine import Machine
from support.dev import until

LIMIT = 5.0
PEEL = """probe: 127.0.0.1:9090
lease_ttl: 5
"""
STATES = """
devs: {group.present: [{gid: 3000}]}
ann: {user.present: [{uid: 3001}, {gid: devs}, {groups: [games]}, {shell: /bin/bash}]}
"true": {cron.present: [{minute: 7}]}
of-ann: {cron.present: [{name: "false"}, {user: ann}, {special: '@weekly'}]}
"""


@pytest.fixture
def peel(machine: Machine, site: Site) -> Iterator[Machine]:
    """A host whose peel follows the site."""
    follow(machine, site, PEEL)
    yield from watched(machine)


def test_what_somebody_changes_is_put_right(peel: Machine, site: Site, figure: Figure) -> None:
    site.push(STATES)

    def said(*argv: str) -> str:
        return peel.run(*argv, check=False).stdout.strip()

    def wished() -> tuple[str, ...]:
        return (
            said("getent", "passwd", "ann").split(":x:")[-1],
            said("id", "-nG", "ann"),
            said("getent", "group", "devs"),
            said("crontab", "-l"),
            said("crontab", "-u", "ann", "-l"),
        )

    right = wished()
    assert right[0] == "3001:3000::/home/ann:/bin/bash"
    assert right[1] == "devs games"
    assert "7 * * * * true" in right[3]
    assert "@weekly false" in right[4]
    for what, how in (
        ("userdel", ("userdel", "-rf", "ann")),
        ("usermod", ("usermod", "-s", "/bin/sh", "-G", "", "ann")),
        ("gpasswd", ("gpasswd", "-M", "", "games")),
        ("crontab -r", ("crontab", "-r")),
        (
            "an edited crontab",
            ("sh", "-c", "crontab -u ann -l | sed s/week/month/ | crontab -u ann -"),
        ),
    ):
        peel.run(*how)
        took = _soon(f"{what} is undone", lambda: wished() == right)
        figure(f"{what} of what is managed → right again: {took:.2f} s")
        assert took <= LIMIT, what


def _soon(what: str, condition: Callable[[], bool]) -> float:
    begun = time.monotonic()
    until(what, condition)
    return time.monotonic() - begun
