"""Rendering of files that states manage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from zester.compiler.assigned.nodegroups import with_groups
from zester.compiler.roots import Roots, find_roots
from zester.resources.files import Files
from zester.targeting.node import NodeView
from zester.targeting.paths import lookup
from zester.targeting.value import Value
from zester.templating.cache.library import Library
from zester.templating.jinja.environment import SCHEMES
from zester.templating.providers import NOTHING, Providers
from zester.templating.recorded import RecordedFiles
from zester.templating.renderer import Renderer
from zester.templating.trace import traced


class TemplateRenderer:
    """Renders file templates of a tree for a node whose settings are known.

    One session of one thread: what templates do to facts and settings stays in it.
    """

    def __init__(
        self,
        files: Files,
        node: NodeView,
        *,
        settings: Mapping[str, Value],
        env: str = "base",
        roots: Roots | None = None,
        library: Library | None = None,
        providers: Providers = NOTHING,
    ) -> None:
        self._files = RecordedFiles(files)
        self._node = replace(node, settings=settings)
        prefix = (roots or find_roots(self._files)).states
        self._renderer = Renderer(
            self._files,
            prefix,
            replace(with_groups(node, {env: self._files}), settings=settings),
            env=env,
            library=library,
            providers=providers,
        )

    @property
    def reads(self) -> frozenset[str]:
        """Paths read or found missing so far, as in ``Compiled.reads``."""
        return frozenset(self._files.reads)

    @property
    def facts(self) -> frozenset[str] | None:
        """Facts looked at so far, as in ``Compiled.facts``."""
        touched = self._files.trace.facts
        return None if touched.whole else frozenset(touched.keys)

    def value(
        self,
        kind: Literal["settings", "facts"],
        key: str,
        *,
        delimiter: str = ":",
        default: Value = None,
    ) -> Value:
        """Return a setting or fact by its path, as ``pillar.get`` and ``grains.get`` do."""
        if kind == "settings":
            return lookup(self._node.settings, key, default, delimiter=delimiter)
        facts = traced(self._node.facts, self._files.trace.facts)
        return lookup(facts, key, default, delimiter=delimiter)

    def render(
        self, text: str, *, name: str, sls: str = "", context: Mapping[str, Value] | None = None
    ) -> str:
        """Render a template; raises RenderError.

        ``name`` is the URL or path it came from: relative imports and ``tpldir`` count from there.
        """
        for scheme in SCHEMES:
            name = name.removeprefix(scheme)
        name = name.removeprefix(self._renderer.root) if self._renderer.root else name
        return self._renderer.render_content(text, name=name, sls=sls, context=context)
