"""``cron.file``: this file as the crontab of a user."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr

from zester.dataclass import dataclass
from zester.errors import StateError
from zester_peel.engine.content import Sources
from zester_peel.engine.fields import Flag
from zester_peel.engine.state import Applied, Plan, State
from zester_peel.engine.watch import Watch
from zester_peel.host.protocol import Host, HostReader
from zester_peel.states.account.names import AccountName
from zester_peel.states.cron.spool import Crontabs, spool_needs, spool_watches
from zester_peel.states.cron.table import Crontab
from zester_peel.states.file.body import Body, body_from, renderer, small
from zester_peel.states.file.difference import difference
from zester_peel.states.file.place import resource
from zester_peel.states.file.source import local_sources, read_sha256, read_sources, read_template

_MAX_BYTES = 1024 * 1024


class CronFileSpec(BaseModel):
    """Parameters of ``cron.file``; ``backup`` and ``source_hash_name`` have no effect."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: Annotated[tuple[str, ...], BeforeValidator(read_sources)] = Field(
        validation_alias=AliasChoices("name", "source")
    )
    source_hash: Annotated[
        str | None, BeforeValidator(lambda value: read_sha256(value) if value else None)
    ] = None
    source_hash_name: Any = None
    user: AccountName = "root"
    template: Annotated[Literal["jinja"] | None, BeforeValidator(read_template)] = None
    context: dict[str, Any] | None = None
    defaults: dict[str, Any] | None = None
    replace: Flag = True
    backup: Any = None

    _body: Body | None = PrivateAttr(None)


@dataclass(frozen=True, slots=True)
class FoundFile:
    """The crontab there is (``exists`` = there is one), and the one that is wished."""

    table: Crontab
    exists: bool
    wished: Crontab


class CronFile(State[CronFileSpec, FoundFile]):
    """This file as the whole crontab of a user."""

    function: ClassVar[str] = "cron.file"
    spec = CronFileSpec

    def __init__(self, crontabs: Crontabs) -> None:
        self._crontabs = crontabs

    async def resolve(self, spec: CronFileSpec, sources: Sources, *, sls: str) -> CronFileSpec:
        render = None
        if spec.template is not None:
            render = renderer(sources, sls, {**(spec.defaults or {}), **(spec.context or {})})
        resolved = spec.model_copy(update={"context": None, "defaults": None})
        resolved._body = await body_from(spec.name, sources, render, spec.source_hash)
        return resolved

    def requires(self, spec: CronFileSpec) -> Iterable[str]:
        yield from spool_needs(spec.user)
        for source in local_sources(spec.name):
            yield resource(source)

    def locks(self, spec: CronFileSpec) -> Iterable[str]:
        return (f"crontab:{spec.user}",)

    def watches(self, spec: CronFileSpec) -> Iterable[Watch]:
        yield from spool_watches(spec.user)
        for source in local_sources(spec.name):
            yield Watch("path", source, follow=True)

    async def observe(self, host: HostReader, spec: CronFileSpec) -> FoundFile:
        table, exists = await self._crontabs.read(host, spec.user)
        if spec._body is None:
            raise StateError(f"the crontab for {spec.user} has no source")
        content = await spec._body.now(host)
        data = small(content, _MAX_BYTES)
        if data is None:
            raise StateError(f"the crontab for {spec.user} is too large: {content.size} bytes")
        wished = Crontab.parse(data.decode("utf-8", "surrogateescape"))
        return FoundFile(table, exists and bool(table.lines), wished)

    def plan(self, spec: CronFileSpec, observed: FoundFile | None) -> Plan:
        if observed is None:
            raise StateError(f"the crontab of {spec.user} was not looked at")
        if observed.exists and not spec.replace:
            return Plan(comment=f"User {spec.user} already has a crontab. No changes made")
        if observed.table == observed.wished:
            return Plan(comment=f"Crontab for user {spec.user} is in the correct state")
        old, new = (
            table.text.encode("utf-8", "surrogateescape")
            for table in (observed.table, observed.wished)
        )
        return Plan(
            {"diff": difference(old, new)}, f"Crontab for user {spec.user} is set to be updated"
        )

    async def apply(self, host: Host, spec: CronFileSpec, plan: Plan) -> Applied:
        now = await self.observe(host, spec)
        await self._crontabs.edit(host, spec.user, lambda _: now.wished)
        return Applied(comment=f"Crontab for user {spec.user} was updated")
