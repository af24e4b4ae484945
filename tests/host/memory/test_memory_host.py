"""A machine in memory refuses and allows what a real one does."""

from __future__ import annotations

import hashlib
from pathlib import Path

import anyio
import pytest

from zester.errors import CommandTimeout, HostError
from zester_peel.host.linux import LinuxHost
from zester_peel.host.memory.host import MemoryHost
from zester_peel.host.protocol import Host

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["memory", "linux"])
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Host:
    """Each of them in turn: what is true of one has to be true of the other."""
    if request.param == "memory":
        return MemoryHost()
    (tmp_path / "srv").mkdir()
    return LinuxHost(tmp_path)


async def test_a_file_is_what_was_written(host: Host) -> None:
    await host.write("/srv/f", [b"one ", b"two"], mode=0o640)
    found = await host.stat("/srv/f")
    assert found is not None
    assert (found.kind, found.mode, found.size, found.links) == ("file", 0o640, 7, 1)
    assert await host.read("/srv/f", limit=7) == b"one two"
    assert await host.digest("/srv/f") == hashlib.sha256(b"one two").hexdigest()
    assert await host.listdir("/srv") == ("f",)
    with pytest.raises(HostError, match="more than 6"):
        await host.read("/srv/f", limit=6)


async def test_every_change_changes_the_signature(host: Host) -> None:
    await host.write("/srv/f", b"one", mode=0o644)
    seen = [host.signature("/srv/f")]
    await anyio.sleep(0.02)  # the kernel's clock for files ticks slowly
    await host.write("/srv/f", b"two", mode=0o644)
    seen.append(host.signature("/srv/f"))
    await host.chmod("/srv/f", 0o600)
    seen.append(host.signature("/srv/f"))
    assert None not in seen
    assert len(set(seen)) == 3
    await host.remove("/srv/f")
    assert host.signature("/srv/f") is None


async def test_a_rewrite_keeps_what_another_has_written_meanwhile(host: Host) -> None:
    await host.write("/srv/f", b"one", mode=0o600)
    assert not await host.rewrite("/srv/f", b"two", before=b"other")
    assert await host.rewrite("/srv/f", b"two", before=b"one")
    assert await host.read("/srv/f", limit=10) == b"two"


async def test_folders_are_made_with_those_above_them_only_when_asked(host: Host) -> None:
    with pytest.raises(HostError, match="no such file or directory"):
        await host.mkdir("/srv/a/b")
    assert await host.mkdir("/srv/a/b", parents=True, mode=0o700) == ("/srv/a", "/srv/a/b")
    assert await host.mkdir("/srv/a/b", parents=True) == ()
    found = await host.stat("/srv/a")
    assert found is not None
    assert (found.kind, found.mode) == ("directory", 0o700)


async def test_links_are_followed_on_the_way_and_at_the_end_only_when_asked(host: Host) -> None:
    await host.mkdir("/srv/real")
    await host.write("/srv/real/f", b"x", mode=0o644)
    await host.symlink("/srv/link", "real")
    await host.symlink("/srv/up", "../srv/link/f")
    assert await host.read("/srv/link/f", limit=1) == b"x"
    assert await host.read("/srv/up", limit=1) == b"x"
    link, file = await host.stat("/srv/up"), await host.stat("/srv/up", follow=True)
    assert link is not None
    assert file is not None
    assert (link.kind, link.target, file.kind) == ("symlink", "../srv/link/f", "file")
    await host.symlink("/srv/up", "/srv/none")
    assert await host.stat("/srv/up", follow=True) is None
    with pytest.raises(HostError, match="something else is there"):
        await host.symlink("/srv/real/f", "elsewhere")


async def test_links_in_a_circle_lead_nowhere(host: Host) -> None:
    await host.symlink("/srv/a", "b")
    await host.symlink("/srv/b", "a")
    with pytest.raises(HostError, match="too many levels"):
        await host.read("/srv/a/f", limit=1)


async def test_hard_links_are_one_file_with_two_names(host: Host) -> None:
    await host.write("/srv/f", b"x", mode=0o644)
    await host.link("/srv/g", "/srv/f")
    await host.chmod("/srv/g", 0o600)
    found = await host.stat("/srv/f")
    assert found is not None
    assert (found.mode, found.links) == (0o600, 2)
    await host.remove("/srv/f")
    left = await host.stat("/srv/g")
    assert left is not None
    assert left.links == 1


async def test_what_is_moved_is_there_and_no_longer_here(host: Host) -> None:
    await host.mkdir("/srv/a")
    await host.write("/srv/a/f", b"x", mode=0o644)
    await host.rename("/srv/a", "/srv/b")
    assert await host.stat("/srv/a") is None
    assert await host.read("/srv/b/f", limit=1) == b"x"
    with pytest.raises(HostError, match="invalid argument"):
        await host.rename("/srv/b", "/srv/b/c")
    await host.write("/srv/g", b"y", mode=0o644)
    await host.rename("/srv/g", "/srv/b/f")
    assert await host.read("/srv/b/f", limit=1) == b"y"


async def test_what_is_absent_is_nothing_and_what_is_wrong_is_an_error(host: Host) -> None:
    assert await host.stat("/srv/none") is None
    assert await host.stat("/srv/none/below") is None
    assert await host.times("/srv/none") is None
    await host.remove("/srv/none")
    with pytest.raises(HostError):
        await host.read("/srv", limit=1)
    with pytest.raises(HostError):
        await host.write("/srv", b"", mode=0o644)
    with pytest.raises(HostError):
        await host.remove("/")


async def test_a_machine_in_memory_runs_only_what_needs_no_machine() -> None:
    host = MemoryHost()
    assert (await host.run(("/bin/sh", "-c", "echo 'a b' c"))).stdout == "a b c\n"
    assert (await host.probe(("false",))).returncode == 1
    for argv in (("ls",), ("/bin/sh", "-c", "echo a; rm -rf /"), ("sh", "-c", "echo '"), ()):
        with pytest.raises(HostError, match="no such program"):
            await host.run(argv)
    with pytest.raises(CommandTimeout):
        await host.run(("sleep", "5"), timeout=0.01)
    with pytest.raises(HostError, match="no place on this one"):
        host.real("/etc")
