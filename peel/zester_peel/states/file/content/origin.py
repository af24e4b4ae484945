"""Where a managed file's content comes from: the tree, the machine, the web, or the state."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from zester.dataclass import dataclass
from zester.errors import StateError
from zester_peel.engine.content import Content, Sources
from zester_peel.engine.fields import read_text
from zester_peel.host.protocol import HostReader
from zester_peel.states.file.body import Render, chunks, decoded, missing_sources, small
from zester_peel.states.file.content.checksum import (
    Checksum,
    checksum_in,
    checksum_of,
    is_place,
    read_checksum,
)
from zester_peel.states.file.content.remote import SCHEMES, Remote, fetch_small, is_there, shown
from zester_peel.states.file.place import destination

TREE = ("salt://", "zester://")
_MAX_TEXT = 16 * 1024 * 1024

Wished = Content | Remote


@dataclass(frozen=True, slots=True)
class Source:
    """One candidate; ``hash`` is what it must hash to, or where that is written."""

    url: str
    hash: str | None = None


@dataclass(frozen=True, slots=True)
class Wants:
    """What is asked of a source besides its place; ``path`` is where the content goes."""

    path: str
    hash: str | None = None
    hash_name: str | None = None
    skip_verify: bool = False
    verify_tls: bool = True
    encoding: str = "utf-8"
    errors: str = "strict"


@dataclass(frozen=True, slots=True)
class Local:
    """A candidate on the machine; ``listing`` is a file of the machine with digests."""

    path: str
    checksum: Checksum | None = None
    listing: str | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """The first of ``local`` that exists, else ``content``; ``render`` is for local templates."""

    content: Wished | None = None
    local: tuple[Local, ...] = ()
    render: Render | None = None
    wants: Wants = Wants("/")

    @property
    def settled(self) -> bool:
        """Whether the content is known for as long as the tree stays."""
        return isinstance(self.content, Content) and not self.local

    async def now(self, host: HostReader) -> Wished:
        """Return the content as of now; raises StateError when there is none, or HostError."""
        for each in self.local:
            found = await host.stat(each.path, follow=True)
            if found is not None and found.kind == "file":
                return await self._from_machine(host, each, found.size, found.mode)
        if self.content is None:
            raise StateError(f"no source exists: {', '.join(each.path for each in self.local)}")
        return self.content

    async def _from_machine(self, host: HostReader, local: Local, size: int, mode: int) -> Content:
        checksum = local.checksum
        if local.listing is not None:
            listing = await host.read(local.listing, limit=_MAX_TEXT)
            checksum = _listed(listing, local.listing, self.wants, local.path)
        digest = await host.digest(local.path)
        if checksum is not None:
            same = checksum.algorithm == "sha256"
            checksum.demand(
                digest if same else await host.digest(local.path, checksum.algorithm), local.path
            )
        if self.render is None:
            parts = (host.real(await destination(host, local.path)),)
            return Content(digest, size, parts=parts, mode=mode)
        data = await host.read(local.path, limit=_MAX_TEXT)
        text = await self.render(decoded(data, local.path), local.path)
        return replace(encoded(text, self.wants), mode=mode)


def read_source_list(value: object) -> tuple[Source, ...]:
    """Read ``source``: one URL or path, or a list of them, each alone or with its hash."""
    found: list[Source] = []
    for each in value if isinstance(value, list | tuple) else [value]:
        pairs = each.items() if isinstance(each, Mapping) else [(each, None)]
        for url, digest in pairs:
            source = Source(read_text(url), None if digest is None else read_checksum(digest))
            if not _known(source.url):
                raise ValueError(
                    f"{source.url!r} is neither salt://, zester://, http://, https://, ftp:// "
                    "nor an absolute path"
                )
            found.append(source)
    return tuple(found)


def _known(url: str) -> bool:
    starts = (*TREE, *SCHEMES, "file:///", "/")
    return any(url.startswith(start) and len(url) > len(start) for start in starts)


def on_machine(sources: Iterable[Source] | None) -> Iterator[str]:
    """Yield the paths among sources."""
    for source in sources or ():
        if source.url.startswith(("/", "file://")):
            yield source.url.removeprefix("file://")


def encoded(text: str, wants: Wants) -> Content:
    """Return a text as content; raises StateError when the encoding has no such character."""
    try:
        if wants.encoding == "utf-8":
            data = text.encode("utf-8", "surrogateescape")
        else:
            data = text.encode(wants.encoding, wants.errors)
    except UnicodeEncodeError as error:
        raise StateError(f"the text for {wants.path} cannot be encoded: {error}") from error
    return Content(hashlib.sha256(data).hexdigest(), len(data), data)


async def origin_of(
    candidates: tuple[Source, ...], sources: Sources, render: Render | None, wants: Wants
) -> Origin:
    """Return the origin for a list of sources: the first that exists is meant.

    Raises StateError naming them all when none is there, BlobUnavailable, RenderError.
    """
    local: list[Local] = []
    for number, source in enumerate(candidates):
        asked = source.hash or wants.hash
        if source.url.startswith(("/", "file://")):
            local.append(await _local(source.url.removeprefix("file://"), asked, sources, wants))
            continue
        if source.url.startswith(TREE):
            found = await sources.fetch(source.url)
            if found is None:
                continue
            await _verify(found, source.url, asked, sources, wants)
            content: Wished = await _rendered(found, source.url, render, wants)
        else:
            last = number == len(candidates) - 1
            if not last and not await is_there(source.url, verify_tls=wants.verify_tls):
                continue
            content = await _remote(source.url, asked, sources, render, wants)
        return Origin(content, tuple(local), render, wants)
    if not local:
        raise StateError(missing_sources(tuple(each.url for each in candidates), sources))
    return Origin(None, tuple(local), render, wants)


async def _local(path: str, asked: str | None, sources: Sources, wants: Wants) -> Local:
    if not asked:
        return Local(path)
    if asked.startswith(("/", "file://")):
        return Local(path, listing=asked.removeprefix("file://"))
    return Local(path, await _checksum(asked, path, sources, wants))


async def _checksum(asked: str, source: str, sources: Sources, wants: Wants) -> Checksum:
    """Return what a source must hash to; fetches the file that says so."""
    if not is_place(asked):
        try:
            return checksum_of(asked)
        except ValueError as error:
            raise StateError(f"source_hash of {shown(source)}: {error}") from error
    if asked.startswith(TREE):
        found = await sources.fetch(asked)
        if found is None:
            raise StateError(missing_sources((asked,), sources))
        listing = small(found, _MAX_TEXT) or b""
    elif asked.startswith(SCHEMES):
        listing = await fetch_small(asked, _MAX_TEXT, verify_tls=wants.verify_tls)
    else:
        raise StateError(
            f"source_hash {asked} is on the machine, source {shown(source)} is not",
            hint="put the digests into the tree: salt://…",
        )
    return _listed(listing, asked, wants, source)


def _listed(listing: bytes, name: str, wants: Wants, source: str) -> Checksum:
    return checksum_in(
        decoded(listing, name), hash_name=wants.hash_name, path=wants.path, source=source
    )


async def _verify(
    found: Content, url: str, asked: str | None, sources: Sources, wants: Wants
) -> None:
    if not asked:
        return
    checksum = await _checksum(asked, url, sources, wants)
    if checksum.algorithm == "sha256":
        checksum.demand(found.digest, url)
        return
    parts = chunks(found)
    for _ in checksum.checked((parts,) if isinstance(parts, bytes) else parts, url):
        pass


async def _rendered(found: Content, url: str, render: Render | None, wants: Wants) -> Content:
    if render is None:
        return found
    data = small(found, _MAX_TEXT)
    if data is None:
        raise StateError(f"template {shown(url)} is too large: {found.size} bytes")
    name = url.partition("://")[2].partition("?")[0].lstrip("/")
    text = await render(decoded(data, shown(url)), name)
    return replace(encoded(text, wants), mode=found.mode)


async def _remote(
    url: str, asked: str | None, sources: Sources, render: Render | None, wants: Wants
) -> Wished:
    checksum = await _checksum(asked, url, sources, wants) if asked else None
    if checksum is None and not wants.skip_verify:
        raise StateError(
            f"source {shown(url)} has no source_hash",
            hint="give its digest (source_hash: sha256=…), or set skip_verify: true",
        )
    if checksum is not None and render is None:
        return Remote(url, checksum, wants.verify_tls)
    data = await fetch_small(url, _MAX_TEXT, verify_tls=wants.verify_tls)
    if checksum is not None:
        for _ in checksum.checked((data,), shown(url)):
            pass
    whole = Content(hashlib.sha256(data).hexdigest(), len(data), data)
    return await _rendered(whole, url, render, wants)
