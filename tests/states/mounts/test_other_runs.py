"""``mount.*`` when it is watched, asked for nonsense, or has no machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.machines.pretending_host import TMPFS, Call, PretendingHost
from zester.compiler.lowstate import LowChunk
from zester.errors import At
from zester_peel.engine.converge import Engine
from zester_peel.engine.outcome import Cause
from zester_peel.host.linux import LinuxHost
from zester_peel.states.registry import REGISTRY

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "args",
    [
        {"fstype": "-o"},
        {"device": ""},
        {"device": "a\nb"},
        {"opts": "a\nb"},
        {"match_on": "colour"},
        {"dump": -1},
        {"extra_mount_ignore_fs_keys": ["x"]},
        {"colour": "x"},
    ],
)
async def test_nonsense_is_refused(call: Call, args: dict[str, object]) -> None:
    found = await call("mount.mounted", "/mnt", **{**TMPFS, **args})
    assert found.result is False
    assert "mount.mounted" in found.comment


async def test_every_layer_is_unmounted(call: Call, settle: Call, host: PretendingHost) -> None:
    nothing = await settle("mount.unmounted", "/mnt", persist=True)
    assert (nothing.changes, nothing.comment) == (
        {},
        "Target was already unmounted. fstab entry not found",
    )
    for device in ("a", "b", "b"):
        host.mount(device, "/mnt", "tmpfs", [])
    some = await settle("mount.unmounted", "/mnt", device="b")
    assert some.changes == {"umount": True}
    assert host.ran == [("umount", "--", "/mnt")] * 2
    host.refuse = "target is busy."
    busy = await call("mount.unmounted", "/mnt")
    assert busy.comment == "cannot unmount /mnt: mount: target is busy."


async def test_a_watch_that_fires_mounts_again(
    engine: Engine, host: PretendingHost, root: Path
) -> None:
    at = At("web.sls", 1)
    args = {**TMPFS, "opts": "size=1m", "persist": False}
    chunks = [
        LowChunk("file", "managed", "/f", "f", "web", "base", at, 10_000, {"contents": "x"}),
        LowChunk(
            "mount",
            "mounted",
            "/mnt",
            "m",
            "web",
            "base",
            at,
            10_001,
            args,
            requisites={"watch": (("file", "f"),)},
        ),
    ]
    program = engine.program(chunks)
    await engine.run(program, cause=Cause.REVISION)
    assert [argv[0] for argv in host.ran] == ["mount"], "what was just mounted is not remounted"
    (root / "f").unlink()
    result = await engine.run(program, cause=Cause.DRIFT)
    assert host.ran[1:] == [
        ("mount", "-t", "tmpfs", "-o", "remount,size=1m", "--", "tmpfs", "/mnt")
    ]
    assert [each.comment for each in result.outcomes if each.id == "m"] == ["/mnt remounted"]


async def test_a_folder_is_no_machine(tmp_path: Path, tree: object) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    engine = Engine(LinuxHost(folder), REGISTRY, tree)  # type: ignore[arg-type] # see above
    at = At("web.sls", 1)
    calls = [("mounted", TMPFS), ("unmounted", {}), ("swap", {})]
    chunks = [
        LowChunk("mount", fun, "/mnt", fun, "web", "base", at, 10_000, args) for fun, args in calls
    ]
    result = await engine.run(engine.program(chunks), cause=Cause.REVISION)
    assert [each.result for each in result.outcomes] == [False] * 3
    assert all("only a folder is managed" in each.comment for each in result.outcomes)
