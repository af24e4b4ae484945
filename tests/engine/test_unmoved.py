"""A new revision of the same states: each is looked at, and looked into only where it moved."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from zester.compiler.lowstate import LowChunk
from zester_peel.engine.content import Content, Sources, Version
from zester_peel.engine.converge import Engine
from zester_peel.engine.known import Known
from zester_peel.engine.outcome import Cause
from zester_peel.engine.program import Program
from zester_peel.host.linux import LinuxHost
from zester_peel.states.registry import REGISTRY

pytestmark = pytest.mark.anyio

Chunk = Callable[..., LowChunk]
OLD = 1_000_000_000
DIGEST = hashlib.sha256(b"one\n").hexdigest()


class Tree:
    """A tree with one file."""

    def __init__(self, digest: str) -> None:
        self.digest = digest

    def version(self, url: str) -> Version | None:
        return (self.digest, 0o644) if url == "salt://conf" else None


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "etc").mkdir()
    return tmp_path


@pytest.fixture
def files(root: Path, sources: Sources) -> Engine:
    return Engine(LinuxHost(root), REGISTRY, sources)


async def followed(engine: Engine, program: Program) -> tuple[int, list[str]]:
    """Follow a revision; return how many states were unmoved, and the names of those changed."""
    result = await engine.run(program, cause=Cause.REVISION)
    assert not result.failed
    return result.unmoved, [outcome.name for outcome in result.made]


async def settled(engine: Engine, root: Path, *chunks: LowChunk) -> Program:
    """Bring the states about, let the files grow old and have them seen so."""
    program = engine.program(chunks)
    await engine.run(program, cause=Cause.REVISION)
    for path in root.rglob("*"):
        os.utime(path, (OLD, OLD), follow_symlinks=False)
    await engine.run(program, cause=Cause.RESYNC)
    return program


@pytest.fixture
def young_files_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the time of the last change for as old as the tests make the other times."""
    monkeypatch.setattr("zester_peel.host.files._RACY_NS", 0)


@pytest.mark.usefixtures("young_files_count")
@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_text("other\n"),
        lambda path: path.write_text("two\n"),
        lambda path: path.chmod(0o600),
        lambda path: path.unlink(),
        lambda path: (path.unlink(), path.symlink_to("c")),
        lambda path: (path.rename(path.with_suffix(".old")), path.write_text("two\n")),
    ],
    ids=["content", "same size", "mode", "gone", "a link", "another file"],
)
async def test_what_moved_is_seen_and_corrected_by_a_revision_that_says_the_same(
    files: Engine, root: Path, chunk: Chunk, damage: Callable[[Path], Any]
) -> None:
    first = chunk("a", "file.managed", name="/etc/a", contents="one", mode="0644")
    program = await settled(
        files, root, first, chunk("b", "file.managed", name="/etc/b", contents="one")
    )
    assert await followed(files, program) == (2, [])

    damage(root / "etc/a")
    assert await followed(files, program) == (0, ["/etc/a"])
    assert (root / "etc/a").read_text() == "one\n"
    assert (root / "etc/a").stat().st_mode & 0o777 == 0o644


@pytest.mark.usefixtures("young_files_count")
async def test_folders_links_and_absent_things_are_looked_at_too(
    files: Engine, root: Path, chunk: Chunk
) -> None:
    program = await settled(
        files,
        root,
        chunk("d", "file.directory", name="/etc/d", mode="0755"),
        chunk("l", "file.symlink", name="/etc/l", target="/etc/d"),
        chunk("x", "file.absent", name="/etc/x"),
    )
    assert await followed(files, program) == (3, [])
    (root / "etc/d/inside").write_text("what is in a folder makes no difference to it\n")
    assert await followed(files, program) == (3, [])

    (root / "etc/x").write_text("back\n")
    assert await followed(files, program) == (0, ["/etc/x"])
    (root / "etc/l").unlink()
    (root / "etc/l").symlink_to("/elsewhere")
    assert await followed(files, program) == (0, ["/etc/l"])
    (root / "etc/d").chmod(0o700)
    assert await followed(files, program) == (0, ["/etc/d"])


async def test_what_was_just_written_is_looked_into(
    files: Engine, root: Path, chunk: Chunk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zester_peel.host.files._RACY_NS", 10**15)
    monkeypatch.setattr("zester_peel.host.files.fine_grained", lambda _: False)
    program = files.program([chunk("a", "file.managed", name="/etc/a", contents="one")])
    assert await followed(files, program) == (0, ["/etc/a"])
    assert await followed(files, program) == (0, [])
    assert await followed(files, program) == (0, [])


@pytest.mark.usefixtures("young_files_count")
@pytest.mark.parametrize("cause", [Cause.RESYNC, Cause.DRIFT, Cause.COMMAND, Cause.BOOT])
async def test_without_a_new_revision_every_state_is_looked_into(
    files: Engine, root: Path, chunk: Chunk, cause: Cause
) -> None:
    program = await settled(files, root, chunk("a", "file.managed", name="/etc/a", contents="one"))
    result = await files.run(program, cause=cause)
    assert (result.unmoved, len(result.outcomes)) == (0, 1)


@pytest.mark.usefixtures("young_files_count")
async def test_who_acts_each_time_still_acts_beside_unmoved_states(
    files: Engine, root: Path, chunk: Chunk
) -> None:
    program = await settled(
        files,
        root,
        chunk("a", "file.managed", name="/etc/a", contents="one"),
        chunk("b", "cmd.run", name="echo more >> " + str(root / "etc/a")),
        chunk("c", "file.managed", name="/etc/a", contents="one"),
    )
    unmoved, changed = await followed(files, program)
    assert unmoved == 0
    assert len(changed) == 2
    assert (root / "etc/a").read_text() == "one\n"


async def test_a_known_state_is_taken_over_with_all_that_was_found_out(
    files: Engine, root: Path, chunk: Chunk
) -> None:
    before = files.program([chunk("a", "file.managed", name="/etc/a", contents="one")])
    await followed(files, before)
    again = [
        chunk("new", "file.managed", name="/etc/new", contents="x"),
        chunk("a", "file.managed", name="/etc/a", contents="one"),
    ]
    after = files.program(again, Known(before, Tree(DIGEST)))
    assert after["file.managed:a"].spec is before["file.managed:a"].spec
    assert after["file.managed:a"].at == again[1].at
    assert await followed(files, after) == (0, ["/etc/new"])


@pytest.mark.parametrize(
    "args",
    [{"contents": "two"}, {"contents": "one", "mode": "0600"}, {"contents": "one", "retry": True}],
    ids=["argument", "one more", "option"],
)
async def test_a_state_with_another_argument_is_another_one(
    files: Engine, root: Path, chunk: Chunk, args: dict[str, Any]
) -> None:
    before = files.program([chunk("a", "file.managed", name="/etc/a", contents="one")])
    await followed(files, before)
    after = files.program(
        [chunk("a", "file.managed", name="/etc/a", **args)], Known(before, Tree(DIGEST))
    )
    assert after.nodes[0].spec is not before.nodes[0].spec
    assert after.nodes[0].seen is None


async def test_content_of_the_tree_is_taken_again_when_it_is_another(
    root: Path, chunk: Chunk, sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fetch(url: str) -> Content | None:
        return Content(DIGEST, 4, b"one\n", mode=0o644) if url == "salt://conf" else None

    monkeypatch.setattr(sources, "fetch", fetch)
    engine = Engine(LinuxHost(root), REGISTRY, sources)
    wish = chunk("a", "file.managed", name="/etc/a", source="salt://conf")
    before = engine.program([wish])
    await followed(engine, before)
    assert engine.program([wish], Known(before, Tree(DIGEST))).nodes[0].resolved
    assert not engine.program([wish], Known(before, Tree("0" * 64))).nodes[0].resolved


@pytest.mark.parametrize(
    "args",
    [
        {"contents": "{{ 1 }}", "template": "jinja"},
        {"contents_grains": "id"},
        {"source": ["/etc/local", "salt://conf"]},
        {"source": "salt://conf", "template": "jinja"},
    ],
    ids=["template", "fact", "file of the machine", "file and template"],
)
async def test_what_came_of_more_than_files_of_the_tree_is_made_anew(
    root: Path,
    chunk: Chunk,
    sources: Sources,
    monkeypatch: pytest.MonkeyPatch,
    args: Any,  # noqa: ANN401 - any arguments
) -> None:
    async def fetch(url: str) -> Content | None:
        return Content(DIGEST, 4, b"one\n", mode=0o644) if url == "salt://conf" else None

    monkeypatch.setattr(sources, "fetch", fetch)
    monkeypatch.setattr(sources, "value", lambda *_, **__: "web-01")
    engine = Engine(LinuxHost(root), REGISTRY, sources)
    wish = chunk("a", "file.managed", name="/etc/a", **args)
    before = engine.program([wish])
    await followed(engine, before)
    after = engine.program([wish], Known(before, Tree(DIGEST)))
    assert (after.nodes[0].resolved, after.nodes[0].seen) == (False, None)


async def test_a_state_that_cannot_run_is_read_again(files: Engine, chunk: Chunk) -> None:
    wish = chunk("a", "file.managed", name="/etc/a", no_such_parameter=1)
    before = files.program([wish])
    assert before.nodes[0].problem
    after = files.program([wish], Known(before, Tree(DIGEST)))
    assert after.nodes[0] is not before.nodes[0]
    assert after.nodes[0].problem == before.nodes[0].problem


async def test_what_marshal_cannot_write_is_never_known(files: Engine, chunk: Chunk) -> None:
    wish = chunk("a", "file.managed", name="/etc/a", contents="one", context={"x": object()})
    assert files.program([wish]).nodes[0].key == b""
