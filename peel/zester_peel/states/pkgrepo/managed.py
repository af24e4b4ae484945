"""``pkgrepo.managed``: a repository that packages come from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar

from zester.errors import StateError
from zester_peel.engine.content import Content, Sources
from zester_peel.engine.state import Applied, Plan
from zester_peel.engine.watch import Watch
from zester_peel.host.protocol import Host, HostReader
from zester_peel.states.pkgrepo import keys
from zester_peel.states.pkgrepo.parameters import ManagedSpec
from zester_peel.states.pkgrepo.repository_state import Found, RepositoryState, write
from zester_peel.states.pkgrepo.wish import Edits, apt_edits, key_place, section_edits

_LIMIT = 1024 * 1024
_ARMOR = b"-----BEGIN PGP"


class Managed(RepositoryState[ManagedSpec]):
    """A repository that the package manager uses, described as here, with its key.

    It is changed in the file that describes it now; ``file`` is for one that none does.
    """

    function: ClassVar[str] = "pkgrepo.managed"
    spec = ManagedSpec

    async def resolve(self, spec: ManagedSpec, sources: Sources, *, sls: str) -> ManagedSpec:
        if spec.key_url is None or not spec.key_url.startswith(("salt://", "zester://")):
            return spec
        content = await sources.fetch(spec.key_url)
        if content is None:
            raise StateError(f"the key of repository {spec.name!r} is missing: {spec.key_url}")
        if content.size > _LIMIT:
            raise StateError(f"{spec.key_url} is larger than any key")
        resolved = spec.model_copy()
        resolved._key = content
        return resolved

    def requires(self, spec: ManagedSpec) -> Iterable[str]:
        if spec.key_url is not None and spec.key_url.startswith("/"):
            yield f"path:{spec.key_url}"
        for path in filter(None, (spec.signedby, spec.keyring)):
            yield f"path:{path}"

    def watches(self, spec: ManagedSpec) -> Iterable[Watch]:
        yield from super().watches(spec)
        for path in filter(None, (spec.signedby, spec.keyring)):
            yield Watch("path", path)

    async def observe(self, host: HostReader, spec: ManagedSpec) -> Found:
        found = await self.look(host)
        if not found.apt:
            return found
        known = await self._known_key(host, spec)
        place = key_place(spec, armored=known is None or _ARMOR in known)
        if place is None:
            return found
        about = await host.stat(place, follow=True)
        key = None if about is None else await host.read(place, limit=_LIMIT)
        if key is not None and known is not None and key != _as_kept(known, place, spec):
            key = None  # another key: as good as none
        return replace(found, key_path=place, key=key)

    def plan(self, spec: ManagedSpec, observed: Found | None) -> Plan:
        if observed is None:
            raise StateError(f"{spec.name} was not looked at")
        edits = _edits(spec, observed)
        changes = dict(edits.changes)
        if observed.key_path is not None and observed.key is None:
            changes["key"] = observed.key_path
        if not changes:
            return Plan(comment=f"Package repo '{spec.name}' already configured")
        return Plan(changes, f"Package repo '{spec.name}' would be configured")

    async def apply(self, host: Host, spec: ManagedSpec, plan: Plan) -> Applied:
        found = await self.observe(host, spec)
        if found.key_path is not None and found.key is None:
            key = await self._known_key(host, spec) or await _fetched_key(spec)
            for wanted in spec.keyid:
                keys.check_id(keys.binary(key, spec.name), wanted, f"the key of {spec.name}")
            await write(host, found.key_path, _as_kept(key, found.key_path, spec))
        for path, text in _edits(spec, found).files.items():
            await write(host, path, text.encode("utf-8", "surrogateescape"))
        return Applied(comment=f"Configured package repo '{spec.name}'")

    async def _known_key(self, host: HostReader, spec: ManagedSpec) -> bytes | None:
        """Return the key where no server has to be asked for it."""
        if spec.key_text is not None:
            return spec.key_text.encode()
        if spec._key is not None:
            return _bytes(spec._key)
        if spec.key_url is not None and spec.key_url.startswith("/"):
            return await host.read(spec.key_url, limit=_LIMIT)
        return None


def _edits(spec: ManagedSpec, found: Found) -> Edits:
    if found.apt:
        return apt_edits(spec, found.files)
    return section_edits(spec, found.files, found.folder)


async def _fetched_key(spec: ManagedSpec) -> bytes:
    if spec.key_url is not None:
        return await keys.download(spec.key_url)
    parts = [
        await keys.download(keys.keyserver_url(spec.keyserver or "", key)) for key in spec.keyid
    ]
    return b"\n".join(parts)


def _as_kept(key: bytes, place: str, spec: ManagedSpec) -> bytes:
    """Return a key as apt expects it under this name: text in ``.asc``, else without armor."""
    plain = keys.binary(key, f"the key of {spec.name}")
    return key if place.endswith(".asc") and _ARMOR in key else plain


def _bytes(content: Content) -> bytes:
    return b"".join(content.read())
