"""What states may ask of the tree they came from, served from the cache."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, Protocol

from zester.errors import BlobUnavailable, InvalidKey, StateError
from zester.resources.tree_path import check_tree_path
from zester.trees.folder import FolderFiles
from zester_peel.engine.content import Content, Version

if TYPE_CHECKING:  # what a folder is applied with has no use for them
    from zester.resources.manifest import FileEntry
    from zester.trees.cache import BlobCache

SCHEMES = ("salt://", "zester://")

FetchBlobs = Callable[[Iterable[tuple[str, int]]], Awaitable[object]]
"""Brings ``(digest, size)`` blobs into the cache; raises BlobUnavailable, BusUnavailable."""


Kind = Literal["settings", "facts"]
_MISSING = object()
_SMALL = 64 * 1024  # bytes; read once


class Values(Protocol):
    """Knows this node's facts and settings."""

    def value(self, kind: Kind, key: str, *, delimiter: str, default: Any) -> Any: ...  # noqa: ANN401 - data of a tree


class Renderer(Values, Protocol):
    """Renders file templates with this node's facts and settings."""

    def render(self, text: str, *, name: str, sls: str, context: Mapping[str, Any]) -> str: ...


class TreeRenderer(Values, Protocol):
    """The same, in a while; ``reads`` and ``facts`` are what that depended on so far."""

    @property
    def reads(self) -> frozenset[str]: ...

    @property
    def facts(self) -> frozenset[str] | None: ...

    async def render(
        self, text: str, *, name: str, sls: str, context: Mapping[str, Any]
    ) -> str: ...


class TreeSources:
    """Files of the followed tree; remembers in ``reads`` which paths were asked for."""

    def __init__(
        self,
        files: Mapping[str, FileEntry],
        cache: BlobCache,
        *,
        root: str,
        renderer: TreeRenderer,
        fetch_blobs: FetchBlobs,
    ) -> None:
        self._files = files
        self._cache = cache
        self._root = root
        self._renderer = renderer
        self._fetch_blobs = fetch_blobs
        self._asked: set[str] = set()

    @property
    def reads(self) -> frozenset[str]:
        """Every tree path that was asked for or rendered, there or not."""
        return frozenset(self._asked | self._renderer.reads)

    @property
    def facts(self) -> frozenset[str] | None:
        """The facts that templates looked at, None for all of them."""
        return self._renderer.facts

    async def fetch(self, url: str) -> Content | None:
        """Return the file behind a URL, verified; None when the tree has none.

        Raises StateError (not such a URL), BlobUnavailable, BusUnavailable.
        """
        path = self._root + tree_path(url)
        self._asked.add(path)
        entry = self._files.get(path)
        if entry is None:
            return None
        if entry.sealed is not None:
            raise StateError(f"{path} is a settings file: its content is for settings only")
        wanted = [digest for digest in entry.blobs if self._cache.read(digest) is None]
        if wanted:
            await self._fetch_blobs((digest, entry.size) for digest in wanted)
        if not all(self._cache.has(digest) for digest in entry.blobs):
            raise BlobUnavailable(f"{path} is not in the cache whole")
        return Content(
            digest=entry.digest,
            size=entry.size,
            mode=entry.mode,
            parts=tuple(self._cache.path(digest) for digest in entry.blobs),
            digests=entry.blobs,
        )

    def version(self, url: str) -> Version | None:
        """Return what tells a file from another one, None when the tree has none; as ``fetch``."""
        path = self._root + tree_path(url)
        self._asked.add(path)
        entry = self._files.get(path)
        return None if entry is None or entry.sealed is not None else (entry.digest, entry.mode)

    def list(self, url: str) -> tuple[str, ...]:
        """Return the paths below a folder of the states root, sorted."""
        if url not in SCHEMES:  # the whole root is asked for by suggestions only
            self._asked.add(f"{self._root}{tree_path(url)}/")
        return below(self._root, url, sorted(self._files))

    def value(self, kind: Kind, key: str, *, delimiter: str = ":") -> Any:  # noqa: ANN401 - data of a tree
        """Return a setting or fact; raises StateError."""
        return value_of(self._renderer, kind, key, delimiter)

    async def render(self, text: str, *, name: str, sls: str, context: Mapping[str, Any]) -> str:
        """Render a template; raises RenderError."""
        return await self._renderer.render(text, name=name, sls=sls, context=context)


class FolderSources:
    """Files of a folder on this machine, for ``zester-peel apply``."""

    def __init__(self, files: FolderFiles, *, root: str, renderer: Renderer) -> None:
        self._files = files
        self._root = root
        self._renderer = renderer

    async def fetch(self, url: str) -> Content | None:
        """Return the file behind a URL; None when there is none. Raises StateError, SourceError."""
        path = self._files.locate(self._root + tree_path(url))
        if path is None:
            return None
        with path.open("rb") as file:
            info = os.fstat(file.fileno())
            mode = 0o755 if info.st_mode & 0o100 else 0o644  # as a pushed tree would carry it
            if info.st_size <= _SMALL:
                data = file.read()
                digest = hashlib.sha256(data).hexdigest()
                return Content(digest, len(data), data, parts=(path,), mode=mode)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return Content(digest=digest, size=info.st_size, mode=mode, parts=(path,))

    def list(self, url: str) -> tuple[str, ...]:
        """Return the paths below a folder of the states root, sorted."""
        return below(self._root, url, self._files.paths())

    def value(self, kind: Kind, key: str, *, delimiter: str = ":") -> Any:  # noqa: ANN401 - data of a tree
        """Return a setting or fact; raises StateError."""
        return value_of(self._renderer, kind, key, delimiter)

    async def render(self, text: str, *, name: str, sls: str, context: Mapping[str, Any]) -> str:
        """Render a template; raises RenderError."""
        return self._renderer.render(text, name=name, sls=sls, context=context)


def value_of(renderer: Values, kind: Kind, key: str, delimiter: str) -> Any:  # noqa: ANN401 - data of a tree
    """Return a setting or fact; raises StateError."""
    found = renderer.value(kind, key, delimiter=delimiter, default=_MISSING)
    if found is _MISSING:
        raise StateError(f"there is no {kind.removesuffix('s')} {key!r}")
    return found


def below(root: str, url: str, paths: Iterable[str]) -> tuple[str, ...]:
    """Return the paths below a folder, or below the whole states root for ``salt://``."""
    prefix = root if url in SCHEMES else root + tree_path(url) + "/"
    return tuple(path[len(root) :] for path in paths if path.startswith(prefix))


def tree_path(url: str) -> str:
    """Return the path of ``salt://path`` relative to the states root; raises StateError."""
    for scheme in SCHEMES:
        if url.startswith(scheme):
            path = url[len(scheme) :].split("?", 1)[0].strip("/")
            try:
                return check_tree_path(path)
            except InvalidKey as error:
                raise StateError(f"source {url}: {error.message}") from error
    raise StateError(f"source {url} is not in the tree", hint="use salt://path/in/states")
