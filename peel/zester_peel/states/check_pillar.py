"""``test.check_pillar``: settings are there, and of the wished kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, PrivateAttr, model_validator

from zester.errors import StateError
from zester_peel.engine.content import Sources
from zester_peel.engine.fields import Flag, Text, Texts
from zester_peel.engine.state import Applied, Plan, State
from zester_peel.host.protocol import Host, HostReader

_KINDS: Mapping[str, type] = {
    "present": object,
    "boolean": bool,
    "integer": int,
    "string": str,
    "listing": list,
    "dictionary": dict,
}


class CheckPillarSpec(BaseModel):
    """Parameters of ``test.check_pillar``: paths of settings by what they have to be."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: Text
    present: Texts = ()
    boolean: Texts = ()
    integer: Texts = ()
    string: Texts = ()
    listing: Texts = ()
    dictionary: Texts = ()
    verbose: Flag = False

    _wrong: tuple[str, ...] = PrivateAttr(())
    _fine: tuple[str, ...] = PrivateAttr(())

    @model_validator(mode="after")
    def _something_to_check(self) -> CheckPillarSpec:
        if not any(getattr(self, kind) for kind in _KINDS):
            raise ValueError(f"give at least one of {', '.join(_KINDS)}")
        return self


class CheckPillar(State[CheckPillarSpec, None]):
    """Settings are there, and of the wished kind."""

    function: ClassVar[str] = "test.check_pillar"
    spec = CheckPillarSpec

    async def resolve(
        self, spec: CheckPillarSpec, sources: Sources, *, sls: str
    ) -> CheckPillarSpec:
        wrong: list[str] = []
        fine: list[str] = []
        for kind, wanted in _KINDS.items():
            for key in getattr(spec, kind):
                try:
                    value = sources.value("settings", key)
                except StateError:
                    value = None
                if value is None:
                    wrong.append(f'Pillar key "{key}" is missing.')
                elif not isinstance(value, wanted):
                    wrong.append(f'Pillar key "{key}" is not {kind}.')
                else:
                    fine.append(f"{key} ({kind})")
        resolved = spec.model_copy()
        resolved._wrong, resolved._fine = tuple(wrong), tuple(fine)
        return resolved

    async def observe(self, host: HostReader, spec: CheckPillarSpec) -> None:
        return None

    def plan(self, spec: CheckPillarSpec, observed: None) -> Plan:
        if spec._wrong:
            raise StateError("\n".join(spec._wrong))
        if spec.verbose:
            return Plan(comment=f"Those keys passed the check: {', '.join(spec._fine)}")
        return Plan()

    async def apply(self, host: Host, spec: CheckPillarSpec, plan: Plan) -> Applied | None:
        return None
