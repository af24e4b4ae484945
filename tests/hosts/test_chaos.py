"""No space where a peel keeps its identity, while credentials and a new trust bundle arrive."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hosts.conftest import MakeHost, Mount
from hosts.site import Site
from hosts.test_disks import fill, managed
from support.dev import until
from support.machines.host import ManagedHost

LIFE = 8
BACK = 60.0

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def cramped(
    site: Site, make_host: MakeHost, tmp_path: Path, mount: Mount, monkeypatch: pytest.MonkeyPatch
) -> ManagedHost:
    """A peel whose state folder is small and whose tokens live for seconds."""
    mount(tmp_path / "web-01/state", "-t", "tmpfs", "-o", "size=4M", "tmpfs")
    monkeypatch.setenv("ZESTER_MASTER_TOKEN_LIFETIME", str(LIFE))
    monkeypatch.setenv("ZESTER_MASTER_KEEP_INTERVAL", "1")
    monkeypatch.setenv("ZESTER_MASTER_LEASE_TTL", "3")
    site.stop()
    site.start()
    return make_host(bus_resync=2)


def renewals(host: ManagedHost) -> int:
    return host.log().count('"credentials renewed"')


def kept(host: ManagedHost) -> tuple[bytes, bytes]:
    folder = host.state / "trust"
    return (folder / "tokens.json").read_bytes(), (folder / "bundle").read_bytes()


def more_than(number: int, counted: Callable[[], int]) -> Callable[[], bool]:
    return lambda: counted() > number


def test_on_a_full_disk_new_credentials_and_bundles_count_and_are_kept_once_there_is_space(
    site: Site, cramped: ManagedHost
) -> None:
    site.push(managed("/a", "one"))
    # The tokens it was enrolled with live for a day: those of the master as it is now come now.
    cramped.stop()
    (cramped.state / "trust" / "tokens.json").unlink()
    cramped.start()
    until("it is let in again", more_than(0, lambda: renewals(cramped)), BACK)
    site.wait_for()
    filler = fill(cramped.state)
    before = kept(cramped)

    site.zester("trust", "rotate", str(site.realm.trust), "ca")
    seen = renewals(cramped)
    until("it renews", more_than(seen + 1, lambda: renewals(cramped)), BACK)
    until("it is told", lambda: "NotKept" in str(site.peel()["status"]["conditions"]), BACK)
    cramped.path("/a").write_text("foreign")
    until("drift is corrected", lambda: cramped.text("/a") == "one\n", 10)
    assert kept(cramped) == before

    filler.unlink()
    until("both are kept", lambda: all(map(_differ, kept(cramped), before)), BACK)
    until("all is well", lambda: "NotKept" not in str(site.peel()["status"]), BACK)
    cramped.stop()
    cramped.start()
    site.push(managed("/a", "two"))
    assert cramped.text("/a") == "two\n"
    assert "Traceback" not in cramped.log()


def _differ(one: bytes, other: bytes) -> bool:
    return one != other
