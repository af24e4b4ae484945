"""Changing things below a folder that somebody else owns: links on the way are never followed."""

from __future__ import annotations

from pathlib import Path

import pytest

from zester.errors import HostError
from zester_peel.host.linux import LinuxHost

pytestmark = pytest.mark.anyio


@pytest.fixture
def host(tmp_path: Path) -> LinuxHost:
    """A host with a folder /top, in it a folder and a link that leads out of it."""
    for folder in ("top/inner", "outside"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "file").write_text("x")
        (tmp_path / folder / "file").chmod(0o644)
    (tmp_path / "top" / "link").symlink_to("../outside")
    return LinuxHost(tmp_path)


async def test_what_is_really_below_is_removed_and_changed(host: LinuxHost) -> None:
    await host.chmod("/top/inner/file", 0o600, below="/top")
    await host.chown("/top/inner/file", None, None, below="/top/")
    found = await host.stat("/top/inner/file")
    assert found is not None
    assert found.mode == 0o600
    await host.remove("/top/inner", below="/top")
    assert await host.stat("/top/inner") is None


async def test_a_link_on_the_way_is_not_followed(host: LinuxHost) -> None:
    await host.remove("/top/link/file", below="/top")
    for change in (
        host.chmod("/top/link/file", 0o600, below="/top"),
        host.chown("/top/link/file", 0, 0, below="/top"),
    ):
        with pytest.raises(HostError):
            await change
    found = await host.stat("/outside/file")
    assert found is not None
    assert found.mode == 0o644


async def test_the_link_itself_can_be_removed(host: LinuxHost) -> None:
    await host.remove("/top/link", below="/top")
    assert await host.stat("/top/link") is None
    assert await host.stat("/outside/file") is not None


@pytest.mark.parametrize("path", ["/outside/file", "/top", "/top/inner/../../outside/file"])
async def test_what_is_not_below_is_refused(host: LinuxHost, path: str) -> None:
    with pytest.raises(HostError, match="is not below /top"):
        await host.remove(path, below="/top")
    assert await host.stat("/outside/file") is not None


async def test_a_hard_link_replaces_a_file_and_leaves_nothing_beside(host: LinuxHost) -> None:
    await host.link("/top/inner/file", "/outside/file")
    await host.link("/top/inner/file", "/outside/file")
    here, there = host.signature("/top/inner/file"), host.signature("/outside/file")
    assert here is not None
    assert there is not None
    assert here.inode == there.inode
    assert await host.listdir("/top/inner") == ("file",)


async def test_a_rename_moves_a_link_and_not_what_it_leads_to(host: LinuxHost) -> None:
    await host.rename("/top/link", "/top/moved")
    found = await host.stat("/top/moved")
    assert found is not None
    assert found.target == "../outside"
    with pytest.raises(HostError, match="cannot move /gone to /top/x"):
        await host.rename("/gone", "/top/x")


async def test_other_digests_than_sha256_can_be_had(host: LinuxHost) -> None:
    assert await host.digest("/outside/file", "md5") == "9dd4e461268c8034f5c8564e155c67a6"
