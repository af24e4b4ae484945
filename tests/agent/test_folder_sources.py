"""The files of a folder as states get them."""

from __future__ import annotations

from pathlib import Path

import pytest

from zester.trees.folder import FolderFiles
from zester_peel.agent.sources import FolderSources

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("size", [0, 10, 10_000_000])
async def test_the_content_of_a_tree_is_in_its_parts_whatever_its_size(
    tmp_path: Path, size: int
) -> None:
    (tmp_path / "states").mkdir()
    (tmp_path / "states" / "file").write_bytes(b"x" * size)
    sources = FolderSources(FolderFiles(tmp_path), root="states/", renderer=None)  # type: ignore[arg-type]  # nothing is rendered
    content = await sources.fetch("salt://file")
    assert content is not None
    assert content.size == size
    assert b"".join(part.read_bytes() for part in content.parts) == b"x" * size
