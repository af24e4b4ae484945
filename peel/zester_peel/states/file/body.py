"""The content a file has to hold: from the state itself, the tree, or the machine."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from zester.dataclass import dataclass
from zester.errors import StateError
from zester_peel.engine.content import Content, Sources
from zester_peel.engine.suggestion import suggest
from zester_peel.host.protocol import HostReader
from zester_peel.states.file.place import destination
from zester_peel.states.file.source import local_sources

_TREE = ("salt://", "zester://")
_MAX_TEMPLATE = 16 * 1024 * 1024
Render = Callable[[str, str], Awaitable[str]]
"""Renders a template: its text and its name."""


@dataclass(frozen=True, slots=True)
class Body:
    """Where the content comes from: the first of ``local`` that exists, else ``content``.

    ``local`` are paths on the machine, looked at each time; ``render`` is set when those are
    templates (``content`` is rendered already). ``sha256`` is what a local one must hash to.
    """

    content: Content | None = None
    local: tuple[str, ...] = ()
    render: Render | None = None
    sha256: str | None = None

    async def now(self, host: HostReader) -> Content:
        """Return the content as of now; raises StateError when there is none, or HostError."""
        for path in self.local:
            found = await host.stat(path, follow=True)
            if found is not None and found.kind == "file":
                return await self._from_machine(host, path, found.size, found.mode)
        if self.content is None:
            raise StateError(f"no source exists: {', '.join(self.local)}")
        return self.content

    async def _from_machine(self, host: HostReader, path: str, size: int, mode: int) -> Content:
        digest = await host.digest(path)
        if self.sha256 is not None and digest != self.sha256:
            raise StateError(
                f"source {path} has the SHA-256 {digest}, source_hash asks for {self.sha256}"
            )
        if self.render is None:
            parts = (host.real(await destination(host, path)),)
            return Content(digest, size, parts=parts, mode=mode)
        data = await host.read(path, limit=_MAX_TEMPLATE)
        return replace(text_content(await self.render(decoded(data, path), path)), mode=mode)


def text_content(text: str) -> Content:
    """Return a text as content."""
    data = text.encode("utf-8", "surrogateescape")
    return Content(hashlib.sha256(data).hexdigest(), len(data), data)


def renderer(sources: Sources, sls: str, context: Mapping[str, Any]) -> Render:
    """Return what renders this state's templates."""

    async def render(text: str, name: str) -> str:
        return await sources.render(text, name=name, sls=sls, context=context)

    return render


async def body_from(
    candidates: tuple[str, ...], sources: Sources, render: Render | None, sha256: str | None
) -> Body:
    """Return the body for a list of sources: the first that exists is meant.

    Raises StateError naming them all when the tree has none and no local path is among them,
    BlobUnavailable when the tree has one that cannot be had now, RenderError.
    """
    local: list[str] = []
    for url in candidates:
        if not url.startswith(_TREE):
            local.extend(local_sources((url,)))
            continue
        content = await sources.fetch(url)
        if content is not None:
            if render is not None:
                name = _in_tree(url)
                rendered = text_content(await render(decoded(_all_of(content, url), url), name))
                content = replace(rendered, mode=content.mode)
            return Body(content, tuple(local), render, sha256)
    if not local:
        raise StateError(missing_sources(candidates, sources))
    return Body(None, tuple(local), render, sha256)


def chunks(content: Content) -> bytes | Iterator[bytes]:
    """Return the content for writing; raises BlobUnavailable when a part of it has vanished."""
    return content.data if content.data is not None else content.read()


def small(content: Content, limit: int) -> bytes | None:
    """Return the content's bytes, None when they are more than ``limit``."""
    if content.size > limit:
        return None
    return content.data if content.data is not None else b"".join(content.read())


def decoded(data: bytes, name: str) -> str:
    """Return a template's text; raises StateError when it is none."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise StateError(
            f"template {name} is not UTF-8: {error.reason} at {error.start}"
        ) from error


def _all_of(content: Content, url: str) -> bytes:
    data = small(content, _MAX_TEMPLATE)
    if data is None:
        raise StateError(f"template {url} is too large: {content.size} bytes")
    return data


def _in_tree(url: str) -> str:
    return url.partition("://")[2].partition("?")[0].lstrip("/")


def missing_sources(candidates: tuple[str, ...], sources: Sources) -> str:
    """Return what to say when a tree has none of these."""
    if not candidates:
        return "the list of sources is empty"
    if len(candidates) > 1:
        return f"none of the sources is in the tree: {', '.join(map(_in_tree, candidates))}"
    path = _in_tree(candidates[0])
    near = suggest(path, _near(path, sources))
    return f"source {candidates[0]} is not in the tree: there is no file {path!r}{near}"


def _near(path: str, sources: Sources) -> tuple[str, ...]:
    """Return the paths among which a missing one may have been meant."""
    try:
        return sources.list("salt://")
    except StateError:  # not every tree can be listed as a whole
        top = path.partition("/")[0]
        return sources.list(f"salt://{top}") if top else ()
