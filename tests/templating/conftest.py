"""Renderers over trees in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from zester.targeting.node import NodeView
from zester.templating.jinja.limits import Limits
from zester.templating.providers import Providers
from zester.templating.recorded import RecordedFiles
from zester.templating.renderer import Renderer


class MemoryFiles:
    """Files by path."""

    def __init__(self, files: Mapping[str, str | bytes]) -> None:
        self.files = dict(files)

    def read(self, path: str) -> bytes | None:
        data = self.files.get(path)
        return data.encode() if isinstance(data, str) else data

    def paths(self) -> tuple[str, ...]:
        return tuple(sorted(self.files))


MakeRenderer = Callable[..., Renderer]


@pytest.fixture
def make_renderer() -> MakeRenderer:
    def make(files: Mapping[str, str | bytes] | None = None, **options: object) -> Renderer:
        node = NodeView(
            id="web1",
            facts={"id": "web1", "os": "Debian", "os_family": "Debian", "roles": ["a", "b"]},
            settings={"web": {"port": 80, "names": ["x"]}, "flag": False},
        )
        limits = options.pop("limits", Limits(seconds=5))
        execution = options.pop("execution", None)
        assert not options
        return Renderer(
            RecordedFiles(MemoryFiles(files or {})),
            "states/",
            node,
            limits=limits,  # type: ignore[arg-type]  # the tests pass the right thing
            providers=Providers(execution=execution),  # type: ignore[arg-type]  # the tests pass the right thing
        )

    return make


@pytest.fixture
def render(make_renderer: MakeRenderer) -> Callable[..., str]:
    """Render a text as ``states/web/init.sls``."""

    def run(text: str, files: Mapping[str, str | bytes] | None = None, **options: object) -> str:
        renderer = make_renderer(files, **options)
        return renderer.render_text(text, name="web/init.sls", sls="web").text

    return run
