"""Peels in this process, and trees to push to them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.peel import MakePeel, Peel, Push
from support.trusted import publisher
from zester.bus.link.connection import Bus
from zester.trees.build import build_tree
from zester.trees.publish import Destination, Published, publish_tree
from zester_peel.settings import PeelSettings


@pytest.fixture
def make_peel(tmp_path: Path) -> MakePeel:
    """Make a peel; the same id has the same state folder and root."""

    def make(url: str, node: str = "web-01", **more: Any) -> Peel:  # noqa: ANN401 - settings
        root = tmp_path / node / "root"
        root.mkdir(parents=True, exist_ok=True)
        return Peel(
            PeelSettings(
                id=node,
                url=(url,),
                root=root,
                state_dir=tmp_path / node / "state",
                **more,
            )
        )

    return make


@pytest.fixture
def push(bus: Bus, tmp_path: Path) -> Push:
    """Push a tree given as ``{path: text}``; files of earlier pushes stay unless None."""

    async def run(files: dict[str, str | None], **more: Any) -> Published:  # noqa: ANN401
        folder = tmp_path / f"tree-{more.get('source', 'cli')}"
        folder.mkdir(exist_ok=True)
        for path, text in files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            if text is None:
                target.unlink()
            else:
                target.write_text(text)
        to = Destination("base", more.get("source", "cli"), "tester", "", more.get("priority"))
        return await publish_tree(bus, build_tree(folder), to, publisher())

    return run
