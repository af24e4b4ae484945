"""``file.managed``: a file with this content, mode and owner."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    model_validator,
)

from zester.errors import StateError
from zester_peel.engine.content import Content, Sources
from zester_peel.engine.fields import Flag, Mode, Text, read_mode, read_texts
from zester_peel.engine.state import Applied, Plan, State
from zester_peel.engine.watch import Watch
from zester_peel.host.protocol import Host, HostReader, Stat
from zester_peel.states.file.body import Body, body_from, chunks, renderer, small, text_content
from zester_peel.states.file.difference import MAX_BYTES, difference
from zester_peel.states.file.ownership import Ownership, needed, wish
from zester_peel.states.file.parents import folder_mode, missing_parent, prepare_parent
from zester_peel.states.file.place import PathName, ancestors, destination, resource
from zester_peel.states.file.source import (
    local_sources,
    read_sha256,
    read_sources,
    read_template,
)

_NEW_MODE = 0o644
_LINES = re.compile(r"\r\n|\r|\n")


def _read_contents(value: object) -> str:
    """Read ``contents``: a text or a list of texts, joined to lines that all end the Unix way."""
    lines: list[str] = []
    for part in read_texts(value):
        split = _LINES.split(part)
        lines.extend(split[:-1] if split[-1] == "" else split)
    return "".join(f"{line}\n" for line in lines)


def _read_keep_or_mode(value: object) -> int | Literal["keep"]:
    return "keep" if value == "keep" else read_mode(value)


class ManagedSpec(BaseModel):
    """Parameters of ``file.managed``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: PathName
    source: Annotated[tuple[str, ...], BeforeValidator(read_sources)] | None = None
    source_hash: Annotated[str, BeforeValidator(read_sha256)] | None = None
    contents: Annotated[str, BeforeValidator(_read_contents)] | None = Field(
        None, validation_alias=AliasChoices("contents", "content")
    )
    contents_newline: Flag = True
    allow_empty: Flag = True
    template: Annotated[Literal["jinja"] | None, BeforeValidator(read_template)] = None
    context: dict[str, Any] | None = None
    defaults: dict[str, Any] | None = None
    mode: Annotated[int | Literal["keep"], BeforeValidator(_read_keep_or_mode)] | None = None
    user: Text | None = None
    group: Text | None = None
    makedirs: Flag = False
    dir_mode: Mode | None = None
    replace: Flag = True
    create: Flag = True
    show_changes: Flag = Field(
        default=True, validation_alias=AliasChoices("show_changes", "show_diff")
    )
    follow_symlinks: Flag = True

    _body: Body | None = PrivateAttr(None)

    @model_validator(mode="after")
    def _one_origin(self) -> ManagedSpec:
        if self.source is not None and self.contents is not None:
            raise ValueError("source and contents exclude each other: give one of them")
        if self.contents is not None and not self.allow_empty and not self.contents.strip():
            raise ValueError("contents is empty and allow_empty is false")
        return self


@dataclass(frozen=True, slots=True)
class ManagedFile:
    """What ``file.managed`` found.

    ``path`` is where links lead. ``stat`` is None when nothing is there. ``body`` is the wished
    content, None when content is left alone; ``data`` the content found when it differs and is
    small. ``parent`` is the folder that is missing.
    """

    path: str
    stat: Stat | None
    owner: Ownership
    body: Content | None
    same: bool
    data: bytes | None
    parent: str | None


class Managed(State[ManagedSpec, ManagedFile]):
    """A file with this content, mode and owner."""

    function: ClassVar[str] = "file.managed"
    spec = ManagedSpec

    async def resolve(self, spec: ManagedSpec, sources: Sources, *, sls: str) -> ManagedSpec:
        render = None
        if spec.template is not None:
            render = renderer(sources, sls, {**(spec.defaults or {}), **(spec.context or {})})
        if spec.contents is not None:
            text = spec.contents if spec.contents_newline else spec.contents.rstrip("\n")
            body = Body(text_content(render(text, spec.name) if render else text))
        elif spec.source is not None:
            body = await body_from(spec.source, sources, render, spec.source_hash)
        else:
            return spec
        # what the body was made from is not needed again
        resolved = spec.model_copy(update={"contents": None, "context": None, "defaults": None})
        resolved._body = body
        return resolved

    def requires(self, spec: ManagedSpec) -> Iterable[str]:
        yield from ancestors(spec.name)
        yield from needed(spec.user, spec.group)
        for source in local_sources(spec.source):
            yield resource(source)

    def provides(self, spec: ManagedSpec) -> Iterable[str]:
        return (resource(spec.name),)

    def locks(self, spec: ManagedSpec) -> Iterable[str]:
        return (resource(spec.name),)

    def watches(self, spec: ManagedSpec) -> Iterable[Watch]:
        yield Watch("path", spec.name, follow=spec.follow_symlinks)
        for source in local_sources(spec.source):
            yield Watch("path", source, follow=True)

    async def observe(self, host: HostReader, spec: ManagedSpec) -> ManagedFile:
        path, found = spec.name, await host.stat(spec.name)
        origin = spec._body
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
        same, data = True, None
        if body is not None:
            same = False
            if found is not None and found.kind == "file":
                same, data = await self._compare(host, path, found.size, body)
        return ManagedFile(
            path=path,
            stat=found,
            owner=wish(host, spec.user, spec.group, mode),
            body=body,
            same=same,
            data=data,
            parent=await missing_parent(host, path) if found is None else None,
        )

    async def _compare(
        self, host: HostReader, path: str, size: int, body: Content
    ) -> tuple[bool, bytes | None]:
        """Return whether the content is as wished, and what it is when that is small."""
        if size == body.size and await host.digest(path) == body.digest:
            return True, None
        return False, await host.read(path, limit=MAX_BYTES) if size <= MAX_BYTES else None

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
            changes["diff"] = "New file"
        elif found.kind == "symlink":
            changes["diff"] = "Replace symbolic link with regular file"
            found = None
        elif not observed.same and observed.body is not None:
            changes["diff"] = (
                difference(observed.data, small(observed.body, MAX_BYTES))
                if spec.show_changes
                else "<show_changes=False>"
            )
        changes |= observed.owner.differences(found)
        if not changes:
            return Plan(comment=f"File {spec.name} is in the correct state")
        comment = f"The file {spec.name} is set to be changed"
        if observed.parent is not None and not spec.makedirs:
            comment += f"; its folder {observed.parent} does not exist and makedirs is off"
        return Plan(changes, comment)

    async def apply(self, host: Host, spec: ManagedSpec, plan: Plan) -> Applied:
        now = await self.observe(host, spec)
        owner, found = now.owner, now.stat
        owner.demand_known()
        if found is not None and found.kind == "file" and now.same:
            await owner.settle(host, now.path, found)
            return Applied(comment=f"File {spec.name} updated")
        mode, uid, gid = owner.mode, owner.uid, owner.gid
        if found is None:
            folders = spec.dir_mode if spec.dir_mode is not None else folder_mode(mode)
            await prepare_parent(host, now.path, makedirs=spec.makedirs, mode=folders, owner=owner)
        elif found.kind == "file":
            mode = found.mode if mode is None else mode
            uid = found.uid if uid is None else uid
            gid = found.gid if gid is None else gid
        await host.write(
            now.path,
            b"" if now.body is None else chunks(now.body),
            mode=_NEW_MODE if mode is None else mode,
            uid=uid,
            gid=gid,
        )
        return Applied(comment=f"File {spec.name} updated")
