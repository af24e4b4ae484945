"""Reading a folder into a tree."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from zester.errors import CorruptBlob, InvalidDocument, TreeRejected
from zester.resources.manifest import CHUNK_SIZE, Manifest
from zester.trees.build import build_tree
from zester.trees.digest import digest_of


def write(folder: Path, path: str, data: bytes = b"x\n") -> Path:
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
    return target


def test_the_same_files_give_the_same_tree_wherever_they_lie(tmp_path: Path) -> None:
    for place in ("a", "b"):
        write(tmp_path / place, "states/top.zy", b"base: {}\n")
        write(tmp_path / place, "states/web/init.zy")

    one, two = build_tree(tmp_path / "a"), build_tree(tmp_path / "b")

    assert one.id == two.id
    assert one.paths() == ("states/top.zy", "states/web/init.zy")
    assert one.read("states/top.zy") == b"base: {}\n"
    assert one.read("states/absent") is None


def test_the_executable_bit_is_part_of_the_tree(tmp_path: Path) -> None:
    script = write(tmp_path, "states/run.sh")
    plain = build_tree(tmp_path)
    script.chmod(0o755)

    changed = build_tree(tmp_path)

    assert plain.id != changed.id
    assert changed.manifest.files["states/run.sh"].mode == 0o755


def test_a_large_file_is_chunks_and_the_digest_of_the_whole(tmp_path: Path) -> None:
    data = os.urandom(CHUNK_SIZE * 2 + 17)
    write(tmp_path, "states/big.bin", data)

    tree = build_tree(tmp_path)

    entry = tree.manifest.files["states/big.bin"]
    assert entry.digest == digest_of(data)
    assert [tree.blobs[chunk].size for chunk in entry.chunks] == [CHUNK_SIZE, CHUNK_SIZE, 17]
    assert tree.read("states/big.bin") == data


def test_an_empty_file_is_a_file(tmp_path: Path) -> None:
    write(tmp_path, "states/empty", b"")

    tree = build_tree(tmp_path)

    assert tree.read("states/empty") == b""
    assert tree.blobs.keys() == {digest_of(b"")}


def test_ignored_files_stay_out_and_so_does_git(tmp_path: Path) -> None:
    write(tmp_path, ".zesterignore", b"*.bak\n/private/\n!keep.bak\n")
    for path in ("a.bak", "keep.bak", "private/key", "states/x.zy", ".git/config", "x.pyc"):
        write(tmp_path, path)

    assert build_tree(tmp_path).paths() == ("keep.bak", "states/x.zy")


def test_a_link_inside_the_tree_is_what_it_points_to(tmp_path: Path) -> None:
    write(tmp_path, "states/real.conf", b"real")
    (tmp_path / "states/link.conf").symlink_to("real.conf")
    (tmp_path / "more").symlink_to("states")

    tree = build_tree(tmp_path)

    assert tree.problems == ()
    assert tree.read("states/link.conf") == b"real"
    assert tree.read("more/real.conf") == b"real"


def test_everything_that_must_not_travel_is_named_at_once(tmp_path: Path) -> None:
    root = tmp_path / "tree"
    write(root, "states/fine.zy")
    write(tmp_path, "secret")
    (root / "leaves").symlink_to("../secret")
    (root / "absolute").symlink_to("/etc/passwd")
    (root / "dangling").symlink_to("nothing")
    (root / "around").symlink_to(".")
    write(root, "line\nbreak")
    write(root, "back\\slash")
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(root / "socket"))
        os.mkfifo(root / "pipe")
        (root / os.fsdecode(b"latin-\xe9")).write_bytes(b"x")

        tree = build_tree(root)

    found = {str(problem.at): problem.message for problem in tree.problems}
    assert set(found) == {
        "leaves", "absolute", "dangling", "around", "line?break", "back\\slash", "socket", "pipe",
        "latin-\\udce9",
    }  # fmt: skip
    assert "leaves the tree" in found["leaves"]
    assert "leaves the tree" in found["absolute"]
    assert "neither a file nor a folder" in found["pipe"]


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TreeRejected):
        build_tree(tmp_path / "nothing")


def test_a_file_that_changes_while_it_is_pushed_is_noticed(tmp_path: Path) -> None:
    file = write(tmp_path, "states/x.zy", b"before")
    tree = build_tree(tmp_path)
    file.write_bytes(b"after!")

    with pytest.raises(CorruptBlob, match="changed"):
        tree.read("states/x.zy")


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../x", "a/../b", "a//b", "./a", "a/", "", "a\nb", "a\x7fb", "x" * 1025]
)
def test_a_manifest_with_an_unsafe_path_is_refused(path: str) -> None:
    entry = {"digest": "0" * 64, "size": 1}
    with pytest.raises(InvalidDocument):
        Manifest.decode(__import__("json").dumps({"files": {path: entry}}).encode())


def test_a_manifest_where_a_file_is_also_a_folder_is_refused() -> None:
    entry = '{"digest": "' + "0" * 64 + '", "size": 1}'
    with pytest.raises(InvalidDocument, match="both a file and a folder"):
        Manifest.decode(f'{{"files": {{"a": {entry}, "a/b": {entry}}}}}'.encode())


def test_folders_nested_without_end_are_one_problem(tmp_path: Path) -> None:
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    try:
        (problem,) = build_tree(tmp_path).problems
        assert "longer than 1,024 bytes" in str(problem)
    finally:
        subprocess.run(["rm", "-r", str(tmp_path / "d")], check=True)


def test_a_link_to_itself_is_a_problem_like_any_other(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "good").write_text("")

    assert [str(problem) for problem in build_tree(tmp_path).problems] == [
        "loop: is a symbolic link to nothing"
    ]


def test_links_that_multiply_folders_come_to_an_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zester.trees.build.MAX_FILES", 1000)
    for number in range(20):
        (tmp_path / f"d{number}").mkdir()
        for name in "ab":
            (tmp_path / f"d{number}" / name).symlink_to(f"../d{number + 1}")
    (tmp_path / "d20").mkdir()

    assert "more than 1,000 folders" in str(build_tree(tmp_path).problems[-1])


@pytest.mark.parametrize(
    "make",
    [
        os.mkfifo,
        Path.mkdir,
        lambda path: path.write_bytes(b"\xff\xfe"),
        lambda path: path.write_text("[z-a]\n"),
    ],
)
def test_an_ignore_file_that_cannot_be_used_is_named(
    tmp_path: Path, make: Callable[[Path], object]
) -> None:
    make(tmp_path / ".zesterignore")

    with pytest.raises(TreeRejected) as caught:
        build_tree(tmp_path)
    assert str(caught.value.problems[0]).startswith(".zesterignore: ")
