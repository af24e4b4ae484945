"""``cron.env_present`` and ``cron.env_absent``: variables in the crontab of a user."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from zester.errors import StateError
from zester_peel.engine.fields import read_text
from zester_peel.engine.state import Applied, Plan, State
from zester_peel.engine.watch import Watch
from zester_peel.host.protocol import Host, HostReader
from zester_peel.states.account.names import AccountName
from zester_peel.states.cron.line import one_line
from zester_peel.states.cron.spool import Crontabs, spool_needs, spool_watches
from zester_peel.states.cron.table import Crontab


def _variable(name: str) -> str:
    name = name.strip()
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise ValueError(f"{name!r} cannot be the name of a variable")
    return name


def _read_value(value: object) -> str:
    text = "" if value is None else one_line(read_text(value)).strip()
    return text or '""'


VariableName = Annotated[str, BeforeValidator(read_text), AfterValidator(_variable)]


class EnvAbsentSpec(BaseModel):
    """Parameters of ``cron.env_absent``."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: VariableName
    user: AccountName = "root"


class EnvPresentSpec(EnvAbsentSpec):
    """Parameters of ``cron.env_present``; without ``value`` the variable is empty."""

    value: Annotated[str, BeforeValidator(_read_value)] = '""'


class EnvPresent(State[EnvPresentSpec, Crontab]):
    """This variable with this value, above the managed jobs of the crontab."""

    function: ClassVar[str] = "cron.env_present"
    spec = EnvPresentSpec

    def __init__(self, crontabs: Crontabs) -> None:
        self._crontabs = crontabs

    def requires(self, spec: EnvPresentSpec) -> Iterable[str]:
        return spool_needs(spec.user)

    def locks(self, spec: EnvPresentSpec) -> Iterable[str]:
        return (f"crontab:{spec.user}",)

    def watches(self, spec: EnvPresentSpec) -> Iterable[Watch]:
        return spool_watches(spec.user)

    async def observe(self, host: HostReader, spec: EnvPresentSpec) -> Crontab:
        return (await self._crontabs.read(host, spec.user))[0]

    def plan(self, spec: EnvPresentSpec, observed: Crontab | None) -> Plan:
        if observed is None:
            raise StateError(f"the crontab of {spec.user} was not looked at")
        found = observed.variable(spec.name)
        if found is None:
            return Plan({spec.user: spec.name}, f"Cron env {spec.name} is set to be added")
        if found[1] == spec.value:
            return Plan(comment=f"Cron env {spec.name} already present")
        return Plan({spec.user: spec.name}, f"Cron env {spec.name} is set to be updated")

    async def apply(self, host: Host, spec: EnvPresentSpec, plan: Plan) -> Applied:
        before = await self._crontabs.edit(
            host, spec.user, lambda table: table.with_variable(spec.name, spec.value)
        )
        if before.variable(spec.name) is None:
            return Applied(comment=f"Cron env {spec.name} added to {spec.user}'s crontab")
        return Applied(comment=f"Cron env {spec.name} updated")


class EnvAbsent(State[EnvAbsentSpec, Crontab]):
    """No such variable among the managed lines of the crontab."""

    function: ClassVar[str] = "cron.env_absent"
    spec = EnvAbsentSpec

    def __init__(self, crontabs: Crontabs) -> None:
        self._crontabs = crontabs

    def requires(self, spec: EnvAbsentSpec) -> Iterable[str]:
        return spool_needs(spec.user)

    def locks(self, spec: EnvAbsentSpec) -> Iterable[str]:
        return (f"crontab:{spec.user}",)

    def watches(self, spec: EnvAbsentSpec) -> Iterable[Watch]:
        return spool_watches(spec.user)

    async def observe(self, host: HostReader, spec: EnvAbsentSpec) -> Crontab | None:
        """Return the crontab when the variable is in it."""
        table, _ = await self._crontabs.read(host, spec.user)
        return table if table.variable(spec.name) is not None else None

    def plan(self, spec: EnvAbsentSpec, observed: Crontab | None) -> Plan:
        if observed is None:
            return Plan(comment=f"Cron env {spec.name} already absent")
        return Plan({spec.user: spec.name}, f"Cron env {spec.name} is set to be removed")

    async def apply(self, host: Host, spec: EnvAbsentSpec, plan: Plan) -> Applied:
        def change(table: Crontab) -> Crontab:
            while (found := table.variable(spec.name)) is not None:
                table = table.without_variable(found[0])
            return table

        await self._crontabs.edit(host, spec.user, change)
        return Applied(comment=f"Cron env {spec.name} removed from {spec.user}'s crontab")
