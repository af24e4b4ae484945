"""``file.managed``: a file with this content, mode and owner."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from zester.dataclass import dataclass
from zester.errors import StateError
from zester_peel.engine.content import Content, Sources
from zester_peel.engine.run.belongings import Made
from zester_peel.engine.state import Applied, Plan, Proof, State
from zester_peel.engine.watch import Watch
from zester_peel.host.protocol import Host, HostReader, Stat
from zester_peel.states.file.body import chunks, renderer, small
from zester_peel.states.file.content.attributes import attributes_of, set_attributes, unlock
from zester_peel.states.file.content.backup import keep_copy
from zester_peel.states.file.content.checksum import is_place
from zester_peel.states.file.content.given import given_text
from zester_peel.states.file.content.managed_spec import ManagedSpec
from zester_peel.states.file.content.origin import (
    TREE,
    Origin,
    Wants,
    Wished,
    encoded,
    on_machine,
    origin_of,
)
from zester_peel.states.file.content.remote import Remote, shown
from zester_peel.states.file.content.trial import try_out
from zester_peel.states.file.difference import MAX_BYTES, difference
from zester_peel.states.file.ownership import Ownership, needed, proof_of, wish
from zester_peel.states.file.parents import folder_mode, missing_parent, prepare_parent
from zester_peel.states.file.place import ancestors, destination, resource

_NEW_MODE = 0o644
_USED_UP = ("contents", "contents_pillar", "contents_grains", "context", "defaults")


@dataclass(frozen=True, slots=True)
class ManagedFile:
    """What ``file.managed`` found.

    ``path`` is where links lead. ``stat`` is None when nothing is there. ``body`` is the wished
    content, None when content is left alone; ``data`` the content found when it differs and is
    small. ``parent`` is the folder that is missing. ``attrs`` are the attributes found, None when
    they are left alone.
    """

    path: str
    stat: Stat | None
    owner: Ownership
    body: Wished | None
    same: bool
    data: bytes | None
    parent: str | None
    attrs: str | None = None


class Managed(State[ManagedSpec, ManagedFile]):
    """A file with this content, mode and owner."""

    function: ClassVar[str] = "file.managed"
    spec = ManagedSpec

    async def resolve(self, spec: ManagedSpec, sources: Sources, *, sls: str) -> ManagedSpec:
        wants = Wants(
            path=spec.name,
            hash=spec.source_hash,
            hash_name=spec.source_hash_name,
            skip_verify=spec.skip_verify,
            verify_tls=spec.verify_ssl,
            encoding=spec.encoding or "utf-8",
            errors=spec.encoding_errors,
        )
        render = None
        if spec.template is not None:
            render = renderer(sources, sls, {**(spec.defaults or {}), **(spec.context or {})})
        if spec.source is not None:
            origin = await origin_of(spec.source, sources, render, wants)
        else:
            text = given_text(spec, sources)
            if text is None:
                return spec
            origin = Origin(encoded(await render(text, spec.name) if render else text, wants))
        # what it was made from is not needed again
        resolved = spec.model_copy(update=dict.fromkeys(_USED_UP))
        resolved._origin = origin
        return resolved

    def lasting(self, spec: ManagedSpec) -> bool:
        asked = [*(each.hash for each in spec.source or ()), spec.source_hash]
        named = [*(each.url for each in spec.source or ()), *filter(is_place, filter(None, asked))]
        return all(each.startswith(TREE) for each in named)

    def requires(self, spec: ManagedSpec) -> Iterable[str]:
        yield from ancestors(spec.name)
        yield from needed(spec.user, spec.group)
        for source in _on_machine(spec):
            yield resource(source)

    def provides(self, spec: ManagedSpec) -> Iterable[str]:
        return (resource(spec.name),)

    def locks(self, spec: ManagedSpec) -> Iterable[str]:
        return (resource(spec.name),)

    def makes(self, spec: ManagedSpec) -> Iterable[Made]:
        return (Made("file", spec.name),)

    def watches(self, spec: ManagedSpec) -> Iterable[Watch]:
        yield Watch("path", spec.name, follow=spec.follow_symlinks)
        for source in _on_machine(spec):
            yield Watch("path", source, follow=True)

    def proof(self, host: HostReader, spec: ManagedSpec) -> Proof | None:
        origin = spec.origin
        if spec.attrs is not None or (origin is not None and not origin.settled):
            return None
        return proof_of("file", host, spec.name, spec.user, spec.group)

    async def observe(self, host: HostReader, spec: ManagedSpec) -> ManagedFile:
        path, found = spec.name, await host.stat(spec.name)
        origin = spec.origin
        replacing = origin is not None and spec.replace
        following = spec.follow_symlinks or not replacing
        if following and found is not None and found.kind == "symlink":
            path = await destination(host, path)
            found = await host.stat(path)
        body = None
        if origin is not None and (found is None or replacing):
            body = await origin.now(host)
        mode = spec.mode
        if mode == "keep":
            mode = body.mode if body is not None else None
        same, data, attrs = True, None, None
        if found is not None and found.kind == "file":
            if body is not None:
                same, data = await _compare(host, path, found.size, body)
            if spec.attrs is not None:
                attrs = await attributes_of(host, path)
        elif body is not None:
            same = False
        return ManagedFile(
            path=path,
            stat=found,
            owner=wish(host, spec.user, spec.group, mode),
            body=body,
            same=same,
            data=data,
            parent=await missing_parent(host, path) if found is None else None,
            attrs=attrs,
        )

    def plan(self, spec: ManagedSpec, observed: ManagedFile | None) -> Plan:
        if observed is None:
            raise StateError(f"{spec.name} was not looked at")
        found = observed.stat
        if found is not None and found.kind == "directory":
            raise StateError(f"{spec.name} is a directory, not a file")
        if found is not None and found.kind == "other":
            raise StateError(f"{spec.name} is a device, pipe or socket, not a file")
        if found is None and not spec.create:
            return Plan(comment=f"File {spec.name} is not present and is not set for creation")
        changes: dict[str, Any] = {}
        if found is None:
            changes["diff"] = _new_file(spec, observed.body)
        elif found.kind == "symlink":
            changes["diff"] = "Replace symbolic link with regular file"
            found = None
        elif not observed.same and observed.body is not None:
            changes["diff"] = (
                _difference(observed.data, observed.body)
                if spec.show_changes
                else "<show_changes=False>"
            )
        changes |= observed.owner.differences(found)
        if spec.attrs is not None and (found is None or observed.attrs not in (None, spec.attrs)):
            changes["attrs"] = {"old": observed.attrs or "", "new": spec.attrs}
        if not changes:
            return Plan(comment=f"File {spec.name} is in the correct state")
        comment = f"The file {spec.name} is set to be changed"
        if observed.parent is not None and not spec.makedirs:
            comment += f"; its folder {observed.parent} does not exist and makedirs is off"
        return Plan(changes, comment)

    async def apply(self, host: Host, spec: ManagedSpec, plan: Plan) -> Applied:
        now = await self.observe(host, spec)
        now.owner.demand_known()
        attrs = now.attrs
        if attrs is not None:
            attrs = await unlock(host, now.path, attrs)
        if now.stat is not None and now.stat.kind == "file" and now.same:
            await now.owner.settle(host, now.path, now.stat)
        else:
            await self._put(host, spec, now)
            attrs = None
        if spec.attrs is not None:
            if attrs is None:
                attrs = await attributes_of(host, now.path)
            if attrs is not None:
                await set_attributes(host, now.path, attrs, spec.attrs)
        return Applied(comment=f"File {spec.name} updated")

    async def _put(self, host: Host, spec: ManagedSpec, now: ManagedFile) -> None:
        """Write the file anew."""
        owner, found = now.owner, now.stat
        mode, uid, gid = owner.mode, owner.uid, owner.gid
        if spec.check_cmd is not None and now.body is not None:
            await try_out(
                host,
                spec.check_cmd,
                _parts(now.body),
                path=now.path,
                owner=owner,
                folder=spec.tmp_dir,
                suffix=spec.tmp_ext,
            )
        if found is None:
            folders = spec.dir_mode if spec.dir_mode is not None else folder_mode(mode)
            await prepare_parent(host, now.path, makedirs=spec.makedirs, mode=folders, owner=owner)
        elif found.kind == "file":
            mode = found.mode if mode is None else mode
            uid = found.uid if uid is None else uid
            gid = found.gid if gid is None else gid
            if spec.backup == "minion":
                await keep_copy(host, now.path, found)
        await host.write(
            now.path,
            b"" if now.body is None else _parts(now.body),
            mode=_NEW_MODE if mode is None else mode,
            uid=uid,
            gid=gid,
        )


async def _compare(
    host: HostReader, path: str, size: int, body: Wished
) -> tuple[bool, bytes | None]:
    """Return whether the content is as wished, and what it is when that is small."""
    if isinstance(body, Remote):
        checksum = body.checksum
        return await host.digest(path, checksum.algorithm) == checksum.value, None
    if size == body.size and await host.digest(path) == body.digest:
        return True, None
    return False, await host.read(path, limit=MAX_BYTES) if size <= MAX_BYTES else None


def _difference(data: bytes | None, body: Wished) -> str:
    if isinstance(body, Remote):
        return f"Replace with {shown(body.url)} ({body.checksum})"
    return difference(data, small(body, MAX_BYTES))


def _new_file(spec: ManagedSpec, body: Wished | None) -> str:
    if not (spec.new_file_diff and spec.show_changes and isinstance(body, Content)):
        return "New file"
    return difference(b"", small(body, MAX_BYTES))


def _parts(body: Wished) -> bytes | Iterator[bytes]:
    return body.parts() if isinstance(body, Remote) else chunks(body)


def _on_machine(spec: ManagedSpec) -> Iterator[str]:
    """Yield the files of the machine that the content depends on."""
    yield from on_machine(spec.source)
    for each in (spec.source_hash, *(source.hash for source in spec.source or ())):
        if each is not None and each.startswith(("/", "file://")):
            yield each.removeprefix("file://")
