"""``file.append``: these lines are in the file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, PrivateAttr, model_validator

from zester.errors import StateError
from zester_peel.engine.content import Sources
from zester_peel.engine.fields import Flag, Texts
from zester_peel.engine.state import Applied, Plan, State
from zester_peel.engine.watch import Watch
from zester_peel.host.protocol import Host, HostReader, Stat
from zester_peel.states.file.body import Body, body_from, decoded, renderer, small
from zester_peel.states.file.difference import difference
from zester_peel.states.file.ownership import Ownership
from zester_peel.states.file.parents import folder_mode, missing_parent, prepare_parent
from zester_peel.states.file.place import PathName, ancestors, destination, resource
from zester_peel.states.file.source import local_sources, read_sources, read_template

_NEW_MODE = 0o644
_SPACES = r"[^\S\n]*"
_MAX_FILE = 16 * 1024 * 1024


class AppendSpec(BaseModel):
    """Parameters of ``file.append``; ``template`` holds for ``source``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: PathName
    text: Texts | None = None
    source: Annotated[tuple[str, ...], BeforeValidator(read_sources)] | None = None
    template: Annotated[Literal["jinja"] | None, BeforeValidator(read_template)] = None
    context: dict[str, Any] | None = None
    defaults: dict[str, Any] | None = None
    makedirs: Flag = False
    ignore_whitespace: Flag = True

    _body: Body | None = PrivateAttr(None)

    @model_validator(mode="after")
    def _one_origin(self) -> AppendSpec:
        if (self.text is None) == (self.source is None):
            raise ValueError("give either text or source")
        return self


@dataclass(frozen=True, slots=True)
class AppendedFile:
    """What ``file.append`` found: the content (empty when there is no file), and what it lacks."""

    path: str
    stat: Stat | None
    data: bytes
    missing: tuple[str, ...]
    parent: str | None

    @property
    def wished(self) -> bytes:
        """The content with what is missing at its end."""
        more = "".join(f"{line}\n" for line in self.missing).encode("utf-8", "surrogateescape")
        return self.data + (b"\n" if self.data and not self.data.endswith(b"\n") else b"") + more


class Append(State[AppendSpec, AppendedFile]):
    """These lines are in the file; those that are not are added at its end, in order."""

    function: ClassVar[str] = "file.append"
    spec = AppendSpec

    async def resolve(self, spec: AppendSpec, sources: Sources, *, sls: str) -> AppendSpec:
        if spec.source is None:
            return spec
        render = None
        if spec.template is not None:
            render = renderer(sources, sls, {**(spec.defaults or {}), **(spec.context or {})})
        resolved = spec.model_copy(update={"context": None, "defaults": None})
        resolved._body = await body_from(spec.source, sources, render, None)
        return resolved

    def requires(self, spec: AppendSpec) -> Iterable[str]:
        yield from ancestors(spec.name)
        for source in local_sources(spec.source):
            yield resource(source)

    def provides(self, spec: AppendSpec) -> Iterable[str]:
        return (resource(spec.name),)

    def locks(self, spec: AppendSpec) -> Iterable[str]:
        return (resource(spec.name),)

    def watches(self, spec: AppendSpec) -> Iterable[Watch]:
        yield Watch("path", spec.name, follow=True)
        for source in local_sources(spec.source):
            yield Watch("path", source, follow=True)

    async def observe(self, host: HostReader, spec: AppendSpec) -> AppendedFile:
        path = await destination(host, spec.name)
        found = await host.stat(path)
        data = b""
        if found is not None and found.kind == "file":
            data = await host.read(path, limit=_MAX_FILE)
        chunks = await self._chunks(host, spec)
        text = data.decode("utf-8", "surrogateescape")
        lacking = [each for each in chunks if not _contains(text, each, spec.ignore_whitespace)]
        return AppendedFile(
            path=path,
            stat=found,
            data=data,
            missing=tuple(line for each in lacking for line in each.split("\n")),
            parent=await missing_parent(host, path) if found is None else None,
        )

    async def _chunks(self, host: HostReader, spec: AppendSpec) -> list[str]:
        """Return the blocks that must be there, each looked for as a whole."""
        texts: Iterable[str] = spec.text or ()
        if spec._body is not None:
            content = await spec._body.now(host)
            data = small(content, _MAX_FILE)
            if data is None:
                raise StateError(f"the source for {spec.name} is too large: {content.size} bytes")
            texts = (decoded(data, spec.name),)
        return [re.sub(r"\r\n?", "\n", text).removesuffix("\n") for text in texts]

    def plan(self, spec: AppendSpec, observed: AppendedFile | None) -> Plan:
        if observed is None:
            raise StateError(f"{spec.name} was not looked at")
        if observed.stat is not None and observed.stat.kind != "file":
            raise StateError(f"{spec.name} is a {observed.stat.kind}, not a file")
        if not observed.missing:
            return Plan(comment=f"File {spec.name} is in correct state")
        comment = f"File {spec.name} is set to be updated"
        if observed.parent is not None and not spec.makedirs:
            comment += f"; its folder {observed.parent} does not exist and makedirs is off"
        return Plan({"diff": difference(observed.data, observed.wished)}, comment)

    async def apply(self, host: Host, spec: AppendSpec, plan: Plan) -> Applied:
        now = await self.observe(host, spec)
        found = now.stat
        if found is None:
            await prepare_parent(
                host,
                now.path,
                makedirs=spec.makedirs,
                mode=folder_mode(None),
                owner=Ownership(),
            )
        if now.missing:
            await host.write(
                now.path,
                now.wished,
                mode=_NEW_MODE if found is None else found.mode,
                uid=None if found is None else found.uid,
                gid=None if found is None else found.gid,
            )
        return Applied(comment=f"Appended {len(now.missing)} lines")


def _contains(text: str, chunk: str, ignore_whitespace: bool) -> bool:
    """Tell whether the chunk is there as whole lines, spaces in them as they may be."""
    if not ignore_whitespace:
        return f"\n{chunk}\n" in f"\n{text}\n"
    lines = [line.split() for line in chunk.split("\n")]
    if any(words and words[0] not in text for words in lines):
        return False
    pattern = r"\n".join(
        _SPACES + _SPACES.join(map(re.escape, words)) + (_SPACES if words else "")
        for words in lines
    )
    return re.search(f"^{pattern}$", text, re.MULTILINE) is not None
