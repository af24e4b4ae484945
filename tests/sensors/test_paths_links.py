"""Links on the way to a watched path, at its end, and where they lead."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from sensors.conftest import Machine

pytestmark = pytest.mark.anyio


async def test_a_link_on_the_way_that_is_turned_is_seen(machine: Machine) -> None:
    machine.write("/releases/1/conf", "wished")
    machine.write("/releases/2/conf", "foreign")
    machine.path("/app").symlink_to("/releases/1")
    async with machine.running():
        await machine.wish("/app/conf")
        turned = machine.path("/turned")
        turned.symlink_to("releases/2")
        turned.rename(machine.path("/app"))
        await machine.heard("/app/conf")
        machine.settle("/app/conf")
        assert await machine.quiet() == []
        machine.path("/releases/1/conf").write_text("nobody cares any more")
        assert await machine.quiet() == []
        machine.path("/releases/2/conf").write_text("edit behind the link")
        await machine.heard("/app/conf")


async def test_links_that_lead_nowhere_or_in_circles_do_no_harm(machine: Machine) -> None:
    machine.path("/loop").symlink_to("/loop")
    machine.path("/dangling").symlink_to("/not/there")
    async with machine.running():
        machine.watch("/loop/file", "/dangling/file")
        machine.settle("/dangling/file")
        assert await machine.quiet() == []
        machine.write("/not/there/file")
        await machine.heard("/dangling/file")
        machine.path("/loop").unlink()
        machine.write("/loop/file")
        await machine.heard("/loop/file")


async def test_a_link_cannot_lead_out_of_the_root(machine: Machine, tmp_path: Path) -> None:
    outside = tmp_path / "etc" / "file"
    outside.parent.mkdir()
    machine.path("/up").symlink_to("../../..")
    machine.write("/etc/file")
    async with machine.running():
        await machine.wish("/up/etc/file")
        outside.write_text("not ours")
        assert await machine.quiet() == []
        machine.write("/etc/file", "ours")
        await machine.heard("/up/etc/file")


async def test_a_managed_link_is_watched_as_the_link(machine: Machine) -> None:
    machine.write("/target", "one")
    machine.path("/etc").mkdir()
    link = machine.path("/etc/link")
    link.symlink_to("/target")
    async with machine.running():
        await machine.wish("/etc/link")
        machine.write("/target", "two")
        assert await machine.quiet() == []
        link.unlink()
        link.symlink_to("/elsewhere")
        await machine.heard("/etc/link")


async def test_a_followed_link_is_watched_to_its_end(machine: Machine) -> None:
    machine.write("/data/real", "wished")
    machine.path("/data/hop").symlink_to("real")
    machine.path("/etc").mkdir()
    machine.path("/etc/conf").symlink_to("../data/hop")
    async with machine.running():
        machine.watch("/etc/conf", follow=True)
        machine.settle("/etc/conf", "/etc/../data/hop", "/etc/../data/real")
        assert await machine.quiet() == []
        machine.write("/data/real", "foreign")
        await machine.heard("/etc/conf")
        machine.settle("/etc/../data/real")
        assert await machine.quiet() == []
        machine.write("/data/other", "x")
        machine.path("/data/hop").unlink()
        machine.path("/data/hop").symlink_to("other")
        await machine.heard("/etc/conf")
        machine.settle("/etc/../data/hop", "/etc/../data/other")
        await machine.quiet()
        machine.write("/data/other", "foreign")
        await machine.heard("/etc/conf")
