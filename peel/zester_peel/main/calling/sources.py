"""What states may ask of a tree of which only the bytes are known."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from zester.compiler.template_renderer import TemplateRenderer
from zester.resources.files import Files
from zester_peel.agent.sources import Kind, below, tree_path, value_of
from zester_peel.engine.content import Content


class HeldSources:
    """Files of the tree that the agent holds; each is read whole."""

    def __init__(self, files: Files, root: str, renderer: TemplateRenderer) -> None:
        self._files = files
        self._root = root
        self._renderer = renderer

    async def fetch(self, url: str) -> Content | None:
        """Return the file behind a URL; None when there is none. Raises StateError."""
        data = self._files.read(self._root + tree_path(url))
        if data is None:
            return None
        return Content(hashlib.sha256(data).hexdigest(), len(data), data, mode=0o644)

    def list(self, url: str) -> tuple[str, ...]:
        """Return the paths below a folder of the states root, sorted."""
        return below(self._root, url, self._files.paths())

    def value(self, kind: Kind, key: str, *, delimiter: str = ":") -> Any:  # noqa: ANN401 - data of a tree
        """Return a setting or fact; raises StateError."""
        return value_of(self._renderer, kind, key, delimiter)

    async def render(self, text: str, *, name: str, sls: str, context: Mapping[str, Any]) -> str:
        """Render a template; raises RenderError."""
        return self._renderer.render(text, name=name, sls=sls, context=context)
