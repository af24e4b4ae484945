"""Text edits against a hostile machine: rivals, bytes, attributes, limits; and accumulators."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from zester.compiler.lowstate import LowChunk
from zester.errors import At
from zester_peel.engine.converge import Engine
from zester_peel.engine.outcome import Cause, Outcome
from zester_peel.host.linux import LinuxHost
from zester_peel.states.registry import REGISTRY

pytestmark = pytest.mark.anyio

Call = Callable[..., Awaitable[Outcome]]
Tree = Any  # the one of conftest, which tests cannot import
EDITS: list[tuple[str, dict[str, Any]]] = [
    ("file.append", {"text": "new"}),
    ("file.prepend", {"text": "new"}),
    ("file.replace", {"pattern": "^old$", "repl": "new", "backup": False}),
    ("file.line", {"mode": "replace", "match": "old", "content": "new"}),
    ("file.comment", {"regex": "^old", "backup": False}),
    ("file.uncomment", {"regex": "^off", "backup": False}),
    ("file.keyvalue", {"key": "key", "value": "new"}),
    ("file.blockreplace", {"content": "new", "append_if_not_found": True, "backup": False}),
]
GIVEN = b"old\n#off\nkey=1\n"
each_edit = pytest.mark.parametrize(("function", "args"), EDITS)


def low(function: str, name: str, ident: str, order: int, args: dict[str, Any]) -> LowChunk:
    state, fun = function.split(".")
    at = At("web.sls", order)
    return LowChunk(state, fun, name, ident, "web", "base", at, order, args)


def engine(host: LinuxHost, tree: Tree) -> Engine:
    return Engine(host, REGISTRY, tree)


@each_edit
async def test_what_is_not_text_stays_byte_for_byte(
    call: Call, root: Path, function: str, args: dict[str, Any]
) -> None:
    (root / "f").write_bytes(b"\xff\xfe caf\xe9\n" + GIVEN + b"\xe4 last")
    found = await call(function, "/f", **args)
    assert found.result is True, found.comment
    after = (root / "f").read_bytes()
    assert b"\xff\xfe caf\xe9\n" in after
    assert b"\xe4 last" in after
    assert (await call(function, "/f", **args)).changes == {}


@each_edit
async def test_what_a_rival_writes_meanwhile_is_kept(
    root: Path, tree: Tree, function: str, args: dict[str, Any]
) -> None:
    (root / "f").write_bytes(GIVEN)

    class Rivalled(LinuxHost):
        writes = 0

        async def rewrite(self, path: str, content: bytes, *, before: bytes) -> bool:
            if self.writes < 3:
                self.writes += 1
                with (root / "f").open("ab") as file:
                    file.write(b"rival %d\n" % self.writes)
            return await super().rewrite(path, content, before=before)

    run = engine(Rivalled(root), tree)
    program = run.program([low(function, "/f", "it", 1, args)])
    (outcome,) = (await run.run(program, cause=Cause.REVISION)).outcomes
    assert outcome.result is True, outcome.comment
    after = (root / "f").read_bytes()
    assert after.count(b"rival") == 3
    assert b"new" in after or b"#old" in after or b"\noff" in after


async def test_a_rival_who_never_stops_is_told(root: Path, tree: Tree) -> None:
    (root / "f").write_bytes(GIVEN)

    class Rivalled(LinuxHost):
        async def rewrite(self, path: str, content: bytes, *, before: bytes) -> bool:
            with (root / "f").open("ab") as file:
                file.write(b"rival\n")
            return await super().rewrite(path, content, before=before)

    run = engine(Rivalled(root), tree)
    program = run.program([low("file.append", "/f", "it", 1, {"text": "new"})])
    (outcome,) = (await run.run(program, cause=Cause.REVISION)).outcomes
    assert outcome.result is False
    assert "changed by somebody else 10 times" in outcome.comment
    assert b"new" not in (root / "f").read_bytes()


@each_edit
async def test_owner_mode_and_attributes_stay(
    call: Call, root: Path, function: str, args: dict[str, Any]
) -> None:
    file = root / "f"
    file.write_bytes(GIVEN)
    file.chmod(0o4751)
    try:
        os.setxattr(file, "user.origin", b"kept")
    except OSError as error:
        if error.errno != errno.ENOTSUP:
            raise
        pytest.skip("no extended attributes here")
    assert (await call(function, "/f", **args)).changes
    assert stat.S_IMODE(file.stat().st_mode) == 0o4751
    assert os.getxattr(file, "user.origin") == b"kept"


async def test_a_copy_goes_below_the_folder_of_backups(call: Call, root: Path) -> None:
    (root / "etc").mkdir()
    (root / "etc" / "f").write_bytes(b"a\n")
    (root / "etc" / "f").chmod(0o600)
    await call("file.replace", "/etc/f", pattern="a", repl="b", backup="minion")
    (copy,) = (root / "var/lib/zester/file_backup/etc").iterdir()
    assert copy.name.startswith("f_")
    assert copy.read_bytes() == b"a\n"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert stat.S_IMODE((root / "var/lib/zester/file_backup").stat().st_mode) == 0o700


async def test_a_line_leaves_a_copy_with_the_time_in_its_name(call: Call, root: Path) -> None:
    (root / "f").write_bytes(b"a\n")
    await call("file.line", "/f", mode="delete", content="a", backup=True)
    (copy,) = (each for each in root.iterdir() if each.name != "f")
    assert copy.name.startswith("f.2")
    assert copy.read_bytes() == b"a\n"


async def test_a_file_in_another_encoding(call: Call, root: Path) -> None:
    (root / "f").write_bytes("größe=1\r\n".encode("utf-16"))
    args = {"pattern": r"^größe=\d", "repl": "größe=2", "encoding": "utf-16"}
    assert (await call("file.replace", "/f", **args)).result is True
    assert (root / "f").read_bytes().decode("utf-16") == "größe=2\r\n"
    wrong = await call("file.replace", "/f", pattern="a", repl="b", encoding="utf-8")
    assert (wrong.result, wrong.comment) == (
        False,
        "/f is a binary file: it cannot be edited as text",
    )


async def test_a_file_too_large_is_refused(call: Call, root: Path) -> None:
    with (root / "f").open("wb") as file:
        file.truncate(17 * 1024 * 1024)
    found = await call("file.append", "/f", text="x")
    assert found.result is False
    assert "more than 16777216" in found.comment


async def test_a_pipe_is_not_opened(call: Call, root: Path) -> None:
    os.mkfifo(root / "f")
    found = await call("file.append", "/f", text="x")
    assert (found.result, found.comment) == (False, "/f is a device, pipe or socket, not a file")


async def test_times_are_those_asked_for(call: Call, root: Path) -> None:
    (root / "f").write_bytes(b"x")
    assert (await call("file.touch", "/f", atime=100, mtime=200)).result is True
    found = (root / "f").stat()
    assert (found.st_atime, found.st_mtime) == (100, 200)
    os.utime(root / "f", ns=(100_000_000_000, 200_999_999_999))
    assert (await call("file.touch", "/f", atime=100, mtime=200)).changes == {}
    assert (await call("file.touch", "/f", atime=101)).changes == {"touched": "/f"}
    assert (root / "f").stat().st_mtime_ns == 200_999_999_999


def accumulated(name: str, text: object, order: int, into: str) -> LowChunk:
    written = {"require_in": [{"file": into}]}
    args = {"filename": "/f", "text": text}
    return replace(low("file.accumulated", name, f"{name} {order}", order, args), written=written)


async def test_a_template_gets_what_was_accumulated(root: Path, tree: Tree) -> None:
    run = engine(LinuxHost(root), tree)
    args = {"contents": "{{name}} {{accumulator}}", "template": "jinja", "context": {"name": "x"}}
    chunks = [
        accumulated("a", ["one", "two"], 1, "target"),
        low("file.managed", "/f", "target", 2, args),
        accumulated("b", "three", 3, "target"),
        accumulated("a", ["two", "four"], 4, "target"),
    ]
    result = await run.run(run.program(chunks), cause=Cause.REVISION)
    assert not result.failed
    wished = "x {'a': ['one', 'two', 'four'], 'b': ['three']}\n"
    assert (root / "f").read_text() == wished

    (root / "f").write_text("tampered")
    alone = await run.run(
        run.program(chunks), cause=Cause.DRIFT, only=frozenset({"file.managed:target"})
    )
    assert len(alone.outcomes) == 1
    assert (root / "f").read_text() == wished


async def test_a_block_gets_the_accumulators_that_name_it(root: Path, tree: Tree) -> None:
    run = engine(LinuxHost(root), tree)
    (root / "f").write_text("")
    common = {"append_if_not_found": True, "backup": False}
    chunks = [
        accumulated("a", ["one", 2], 1, "first"),
        accumulated("b", "three", 2, "second"),
        accumulated("c", "four", 3, "elsewhere"),
    ]
    for order, ident in enumerate(("first", "second", "third"), start=4):
        marks = {"marker_start": f"# {ident} {{", "marker_end": f"# {ident} }}"}
        args = {"content": "zero", **marks, **common} if order == 4 else {**marks, **common}
        chunks.append(low("file.blockreplace", "/f", ident, order, args))
    result = await run.run(run.program(chunks), cause=Cause.REVISION)
    assert not result.failed
    assert (root / "f").read_text() == (
        "# first {\nzero\none\n2\n# first }\n"
        "# second {\nthree\n# second }\n"
        "# third {\none\n2\nthree\nfour\n# third }\n"
    )
