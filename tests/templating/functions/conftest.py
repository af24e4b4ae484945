"""A session with the node that the answers in ``cases`` were established with."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from zester.targeting.node import NodeView
from zester.templating.providers import NOTHING, Providers
from zester.templating.recorded import RecordedFiles
from zester.templating.renderer import Renderer

HERE = Path(__file__).parent
TREE = {
    "states/web/init.sls": "a: b\n",
    "states/web/d.yaml": "x: 1\n",
    "states/web/t.sls": "x: {{ v }}\ny: {{ tpldir }} {{ sls }}|\n",
    "states/web/deep/x.yaml": "",
    "states/form/defaults.yaml": "a: {b: [1]}\n",
    "states/json/defaults.json": '{"a": 1}',
    "settings/top.sls": "",
}


class MemoryFiles:
    """Files by path."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = files

    def read(self, path: str) -> bytes | None:
        text = self.files.get(path)
        return None if text is None else text.encode()

    def paths(self) -> tuple[str, ...]:
        return tuple(sorted(self.files))


Render = Callable[..., str]


@pytest.fixture(scope="session")
def node() -> NodeView:
    data = json.loads((HERE / "node.json").read_text())
    return NodeView("web1", facts=data["facts"], settings=data["settings"])


@pytest.fixture
def render(node: NodeView) -> Render:
    """Render a text as ``states/web/init.sls``."""

    def run(
        text: str, tree: Mapping[str, str] | None = None, providers: Providers = NOTHING
    ) -> str:
        files = RecordedFiles(MemoryFiles(TREE if tree is None else tree))
        renderer = Renderer(files, "states/", node, providers=providers)
        return renderer.render_text(text, name="web/init.sls", sls="web").text

    return run
