"""``file.accumulated``: texts for a file that another state writes."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict

from zester_peel.engine.fields import Text
from zester_peel.engine.state import Plan, State
from zester_peel.host.protocol import Host, HostReader
from zester_peel.states.file.place import AbsolutePath


def _read_chunks(value: object) -> tuple[Any, ...]:
    if value is None:
        raise ValueError("No text supplied for accumulator")
    return tuple(value) if isinstance(value, list | tuple) else (value,)


class AccumulatedSpec(BaseModel):
    """Parameters of ``file.accumulated``; ``name`` is the accumulator's, not a path."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: Text
    filename: AbsolutePath
    text: Annotated[tuple[Any, ...], BeforeValidator(_read_chunks)]


class Accumulated(State[AccumulatedSpec, None]):
    """Texts that a template of ``file.managed``, or a block, gets when the program is made."""

    function: ClassVar[str] = "file.accumulated"
    spec = AccumulatedSpec

    async def observe(self, host: HostReader, spec: AccumulatedSpec) -> None:
        return None

    def plan(self, spec: AccumulatedSpec, observed: None) -> Plan:
        return Plan(comment=f"Accumulator {spec.name} for file {spec.filename} was charged by text")

    async def apply(self, host: Host, spec: AccumulatedSpec, plan: Plan) -> None:
        """Nothing: the texts are where they belong before anything runs."""
