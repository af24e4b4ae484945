"""Files against a hostile machine: rivals, owners, sizes, duplicates."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from zester.compiler.lowstate import LowChunk
from zester.errors import At, BlobUnavailable, StateError
from zester_peel.engine.content import Content
from zester_peel.engine.converge import Engine
from zester_peel.engine.outcome import Cause, ChangeClass, Outcome
from zester_peel.host.linux import LinuxHost
from zester_peel.states.file.difference import difference
from zester_peel.states.registry import REGISTRY

pytestmark = pytest.mark.anyio

Call = Callable[..., Awaitable[Outcome]]
Tree = Any  # the one of conftest, which tests cannot import
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def low(function: str, name: str, ident: str, order: int, args: dict[str, Any]) -> LowChunk:
    state, fun = function.split(".")
    at = At("web.sls", order)
    return LowChunk(state, fun, name, ident, "web", "base", at, order, args)


@needs_root
async def test_owner_group_and_special_bits(call: Call, root: Path) -> None:
    args = {"contents": "x", "user": "daemon", "group": 4321, "mode": "6755", "makedirs": True}
    found = await call("file.managed", "/a/f", **args)
    assert found.changes == {
        "diff": "New file",
        "mode": "6755",
        "user": "daemon",
        "group": "4321",
    }
    made = (root / "a" / "f").stat()
    assert (made.st_gid, stat.S_IMODE(made.st_mode)) == (4321, 0o6755)
    assert (root / "a").stat().st_gid == 4321
    os.chown(root / "a" / "f", 0, 0)
    again = await call("file.managed", "/a/f", **args)
    assert again.changes == {"mode": "6755", "user": "daemon", "group": "4321"}
    assert (await call("file.managed", "/a/f", **args)).changes == {}


@needs_root
async def test_new_content_keeps_owner_and_mode(call: Call, root: Path) -> None:
    file = root / "f"
    file.write_text("old")
    os.chown(file, 1234, 2345)
    file.chmod(0o2751)
    assert (await call("file.managed", "/f", contents="new")).result is True
    found = file.stat()
    assert (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == (1234, 2345, 0o2751)
    assert (await call("file.append", "/f", text="more")).result is True
    found = file.stat()
    assert (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == (1234, 2345, 0o2751)


@needs_root
async def test_a_changed_owner_alone_keeps_special_bits(call: Call, root: Path) -> None:
    (root / "f").write_text("")
    (root / "f").chmod(0o4755)
    found = await call("file.managed", "/f", group="daemon")
    assert found.changes == {"group": "daemon"}
    assert stat.S_IMODE((root / "f").stat().st_mode) == 0o4755


@needs_root
async def test_a_link_has_an_owner_of_its_own(call: Call, root: Path) -> None:
    (root / "real").write_text("")
    args = {"target": "real", "user": "daemon"}
    assert (await call("file.symlink", "/link", **args)).changes == {
        "new": "/link",
        "user": "daemon",
    }
    assert (root / "real").stat().st_uid == 0
    assert (await call("file.symlink", "/link", **args)).changes == {}


async def test_large_content_in_parts(call: Call, tree: Tree, root: Path, tmp_path: Path) -> None:
    data = os.urandom(3_000_000)
    parts = []
    for number, start in enumerate(range(0, len(data), 524_288)):
        part = tmp_path / f"blob{number}"
        part.write_bytes(data[start : start + 524_288])
        parts.append(part)
    digest = hashlib.sha256(data).hexdigest()

    async def fetch(url: str) -> Content:
        return Content(digest, len(data), parts=tuple(parts), mode=0o755)

    tree.fetch = fetch
    args = {"source": "salt://big", "mode": "keep"}
    found = await call("file.managed", "/big", **args)
    assert (found.result, found.changes) == (True, {"diff": "New file", "mode": "0755"})
    assert (root / "big").read_bytes() == data
    assert (await call("file.managed", "/big", **args)).changes == {}
    with (root / "big").open("r+b") as file:
        file.write(b"tampered")
    changed = await call("file.managed", "/big", cause=Cause.DRIFT, **args)
    assert changed.changes == {"diff": "<file too large for a diff>"}
    assert changed.change_class is ChangeClass.CORRECTED
    assert (root / "big").read_bytes() == data
    (root / "big").unlink()
    parts[3].unlink()
    broken = await call("file.managed", "/big", **args)
    assert broken.result is False
    assert "blob3" in broken.comment
    assert not any(root.iterdir())


async def test_a_tree_that_lists_only_folders_still_says_what_is_missing(
    call: Call, tree: Tree
) -> None:
    def folders_only(url: str) -> tuple[str, ...]:
        if url == "salt://":
            raise StateError("source salt://: no path")
        return ("web/motd",) if url == "salt://web" else ()

    tree.list = folders_only
    found = await call("file.managed", "/f", source="salt://web/mtod")
    assert "there is no file 'web/mtod' (did you mean 'web/motd'?)" in found.comment
    found = await call("file.managed", "/f", source="salt://mtod")
    assert found.comment.endswith("there is no file 'mtod'")


async def test_content_that_cannot_be_had_now_is_asked_for_again(
    engine: Engine, tree: Tree
) -> None:
    program = engine.program([low("file.managed", "/f", "f", 1, {"source": "salt://f"})])
    fetch = tree.fetch

    async def unavailable(url: str) -> Content:
        raise BlobUnavailable("blob 1234 is not on the bus")

    tree.fetch = unavailable
    result = await engine.run(program, cause=Cause.REVISION)
    assert result.outcomes[0].comment == "blob 1234 is not on the bus"
    tree.fetch = fetch
    tree.files = {"f": b"here"}
    assert not (await engine.run(program, cause=Cause.REVISION)).failed


class Rivalled(LinuxHost):
    """A machine on which somebody else writes ``/f`` just before or just after us."""

    def __init__(self, root: Path, *, first: bool) -> None:
        super().__init__(root)
        self.first = first

    async def write(
        self,
        path: str,
        content: bytes | Iterable[bytes],
        *,
        mode: int,
        uid: int | None = None,
        gid: int | None = None,
    ) -> None:
        if self.first:
            (self.root / "f").write_text("rival")
            (self.root / "f").chmod(0o666)
        await super().write(path, content, mode=mode, uid=uid, gid=gid)
        if not self.first:
            (self.root / "f").write_text("rival")


@pytest.mark.parametrize("first", [True, False])
async def test_a_rival_is_overwritten_or_noticed(root: Path, tree: Tree, first: bool) -> None:
    engine = Engine(Rivalled(root, first=first), REGISTRY, tree)
    args = {"contents": "ours", "mode": "0600"}
    program = engine.program([low("file.managed", "/f", "f", 1, args)])
    found = (await engine.run(program, cause=Cause.REVISION)).outcomes[0]
    if first:
        assert found.result is True
        assert (root / "f").read_text() == "ours\n"
        assert stat.S_IMODE((root / "f").stat().st_mode) == 0o600
        assert set(found.signatures) == {"/f"}
    else:
        assert found.result is False
        assert found.comment.startswith("did not hold: The file /f is set to be changed")
        assert found.signatures == {}


async def test_a_folder_that_turns_into_a_link_is_not_left(call: Call, root: Path) -> None:
    outside = root.parent / "outside"
    outside.mkdir()
    (root / "etc").symlink_to("../../outside")
    (root / "outside").mkdir()
    assert (await call("file.managed", "/etc/f", contents="x")).result is True
    assert not any(outside.iterdir())
    assert (root / "outside" / "f").exists()


def test_a_diff_is_bounded_and_useful() -> None:
    many = b"".join(b"%d\n" % each for each in range(1_500))
    shown = difference(b"", many)
    assert shown.count("\n+") == 1 + 1_500
    long = b"\n".join(b"x" * 1_000 for _ in range(200))
    assert len(difference(b"", long)) < 70_000
    assert difference(b"", long).endswith("<diff cut off here>\n")
    assert difference(b"", b"x\n" * 3_000) == "<file has too many lines for a diff>"
    assert difference(None, b"") == "<file too large for a diff>"
    assert difference(b"x" * 300_000, b"") == "<file too large for a diff>"
    assert difference(b"\xff", b"\0") == "Replace binary file"
    assert difference(b"a", b"\xff") == "Replace text file with binary file"
