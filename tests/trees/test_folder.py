"""Files of a folder as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from zester.errors import SourceError
from zester.trees.folder import FolderFiles


@pytest.fixture
def files(tmp_path: Path) -> FolderFiles:
    folder = tmp_path / "tree"
    (folder / "inner").mkdir(parents=True)
    (folder / "inner/file").write_text("x")
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret/file").write_text("secret")
    (folder / "inner/out").symlink_to(tmp_path / "secret/file")
    (folder / "inner/beside").symlink_to("file")
    (folder / "outer").symlink_to(tmp_path / "secret")
    (folder / "twice").symlink_to("inner")
    return FolderFiles(folder)


@pytest.mark.parametrize("path", ["inner/file", "inner/beside", "twice/file", "twice/beside"])
def test_links_inside_the_folder_are_followed(files: FolderFiles, path: str) -> None:
    assert files.read(path) == b"x"
    assert files.read(path) == b"x"


@pytest.mark.parametrize("path", ["inner/out", "outer/file", "twice/out"])
def test_links_that_leave_the_folder_are_refused(files: FolderFiles, path: str) -> None:
    for _ in range(2):
        with pytest.raises(SourceError, match="leaves the tree"):
            files.read(path)


@pytest.mark.parametrize("path", ["inner", "none", "../secret/file", "/etc/passwd", "", "inner/"])
def test_what_is_no_file_of_the_folder_is_none(files: FolderFiles, path: str) -> None:
    assert files.read(path) is None
