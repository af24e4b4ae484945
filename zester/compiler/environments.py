"""The environments a compilation may draw from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from zester.compiler.state_file import UnparsedFile, render_state_file
from zester.compiler.state_root import StateRoot
from zester.dataclass import dataclass
from zester.errors import SourceError
from zester.targeting.node import NodeView
from zester.targeting.value import Value
from zester.templating.cache.library import Library
from zester.templating.providers import NOTHING, Providers
from zester.templating.recorded import RecordedFiles
from zester.templating.renderer import Renderer

BASE = "base"


@dataclass(frozen=True, slots=True)
class Place:
    """Where one environment's files are; ``prefix`` is empty or ends in ``/``."""

    files: RecordedFiles
    prefix: str


class Environments:
    """State roots (or settings roots) by environment, ``base`` first, and how to render them.

    One session of one thread: each environment has one renderer, made when it is first asked for.
    """

    def __init__(
        self,
        places: Mapping[str, Place],
        node: NodeView,
        *,
        library: Library,
        providers: Providers = NOTHING,
    ) -> None:
        self.node = node
        self.library = library
        self.providers = providers
        self._places = places
        self._roots: dict[str, StateRoot] = {}
        self._rendered: dict[tuple[str, str, str], UnparsedFile | SourceError] = {}
        self._renderers: dict[str, Renderer] = {}

    def __contains__(self, env: object) -> bool:
        return env in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._places, key=lambda env: env != BASE))

    def with_settings(self, settings: Mapping[str, Value]) -> Environments:
        """Return the same environments for a node that has these settings."""
        node = replace(self.node, settings=settings)
        other = Environments(self._places, node, library=self.library, providers=self.providers)
        other._roots = self._roots
        return other

    def root(self, env: str) -> StateRoot:
        """Return the names of an environment that is there."""
        if env not in self._roots:
            place = self._places[env]
            self._roots[env] = StateRoot(place.files, place.prefix)
        return self._roots[env]

    def renderer(self, env: str) -> Renderer:
        """Return the rendering session of an environment that is there."""
        if env not in self._renderers:
            place = self._places[env]
            self._renderers[env] = Renderer(
                place.files,
                place.prefix,
                self.node,
                env=env,
                library=self.library,
                providers=self.providers,
            )
        return self._renderers[env]

    def wishes(self, env: str, name: str) -> tuple[str, ...]:
        """Return what a file of an environment asks for, its name counted from the root."""
        place = self._places[env]
        return place.files.wishes(place.prefix + name)

    def rendered(self, env: str, sls: str, name: str) -> UnparsedFile:
        """Return a rendered state file, once rendered in this session; raises SourceError."""
        key = (env, sls, name)
        if key not in self._rendered:
            try:
                self._rendered[key] = render_state_file(self.renderer(env), name, sls, env)
            except SourceError as error:
                self._rendered[key] = error
        found = self._rendered[key]
        if isinstance(found, SourceError):
            raise found
        return found

    def describe(self, env: str) -> str:
        """Return how to call an environment's root in a message."""
        prefix = self._places[env].prefix or "the tree"
        return prefix if len(self._places) == 1 else f"{prefix} of environment {env!r}"

    def known(self) -> str:
        """Return the names, for a hint."""
        return ", ".join(self)
