"""``file.decode``: a file with what base64 stands for."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from typing import Annotated, ClassVar

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    model_validator,
)

from zester.dataclass import dataclass
from zester.errors import StateError
from zester_peel.engine.content import Sources
from zester_peel.engine.fields import Text
from zester_peel.engine.state import Applied, Plan, State
from zester_peel.engine.watch import Watch
from zester_peel.host.protocol import Host, HostReader, Stat
from zester_peel.states.file.content.checksum import LENGTHS
from zester_peel.states.file.place import PathName, ancestors, destination, resource

_NEW_MODE = 0o644


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"the data is not base64: {error}") from error


def _base64(name: str) -> str:
    if name.lower() != "base64":
        raise ValueError(f"{name!r} is not decoded here: base64 is")
    return "base64"


def _digest(name: str) -> str:
    if name.lower() not in LENGTHS:
        raise ValueError(f"{name!r} is none of {', '.join(LENGTHS)}")
    return name.lower()


class DecodeSpec(BaseModel):
    """Parameters of ``file.decode``."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: PathName
    encoded_data: Text | None = None
    contents_pillar: Text | None = Field(
        None, validation_alias=AliasChoices("contents_pillar", "contents_settings")
    )
    encoding_type: Annotated[Text, AfterValidator(_base64)] = "base64"
    checksum: Annotated[Text, AfterValidator(_digest)] = "md5"

    _data: bytes = PrivateAttr(b"")

    @model_validator(mode="after")
    def _one_origin(self) -> DecodeSpec:
        if not self.encoded_data and not self.contents_pillar:
            raise ValueError("Specify either the 'encoded_data' or 'contents_pillar' argument.")
        if self.encoded_data and self.contents_pillar:
            raise ValueError("Specify only one 'encoded_data' or 'contents_pillar' argument.")
        if self.encoded_data:
            _decoded(self.encoded_data)
        return self


@dataclass(frozen=True, slots=True)
class DecodedFile:
    """What ``file.decode`` found; ``path`` is where links lead."""

    path: str
    stat: Stat | None
    digest: str | None


class Decode(State[DecodeSpec, DecodedFile]):
    """A file with the bytes that base64 data stands for."""

    function: ClassVar[str] = "file.decode"
    spec = DecodeSpec

    async def resolve(self, spec: DecodeSpec, sources: Sources, *, sls: str) -> DecodeSpec:
        text = spec.encoded_data or ""
        if spec.contents_pillar is not None:
            text = str(sources.value("settings", spec.contents_pillar))
        resolved = spec.model_copy(update={"encoded_data": None})
        try:
            resolved._data = _decoded(text)
        except ValueError as error:
            raise StateError(str(error)) from error
        return resolved

    def requires(self, spec: DecodeSpec) -> Iterable[str]:
        return ancestors(spec.name)

    def provides(self, spec: DecodeSpec) -> Iterable[str]:
        return (resource(spec.name),)

    def locks(self, spec: DecodeSpec) -> Iterable[str]:
        return (resource(spec.name),)

    def watches(self, spec: DecodeSpec) -> Iterable[Watch]:
        return (Watch("path", spec.name, follow=True),)

    async def observe(self, host: HostReader, spec: DecodeSpec) -> DecodedFile:
        path = await destination(host, spec.name)
        found = await host.stat(path)
        digest = None
        if found is not None and found.kind == "file":
            digest = await host.digest(path, spec.checksum)
        return DecodedFile(path, found, digest)

    def plan(self, spec: DecodeSpec, observed: DecodedFile | None) -> Plan:
        if observed is None:
            raise StateError(f"{spec.name} was not looked at")
        if observed.stat is not None and observed.stat.kind != "file":
            raise StateError(f"{spec.name} is a {observed.stat.kind}, not a file")
        wished = hashlib.new(spec.checksum, spec._data, usedforsecurity=False).hexdigest()
        if observed.digest == wished:
            return Plan(comment="File is in the correct state.")
        return Plan({"old": observed.digest, "new": wished}, "File is set to be updated.")

    async def apply(self, host: Host, spec: DecodeSpec, plan: Plan) -> Applied:
        now = await self.observe(host, spec)
        found = now.stat
        await host.write(
            now.path,
            spec._data,
            mode=_NEW_MODE if found is None else found.mode,
            uid=None if found is None else found.uid,
            gid=None if found is None else found.gid,
        )
        return Applied(comment="File was updated.")
