"""``file.touch``: a file that is there, with these times."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Annotated, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict

from zester.dataclass import dataclass
from zester.errors import StateError
from zester_peel.engine.fields import Flag, read_text
from zester_peel.engine.state import Applied, Plan, State
from zester_peel.engine.watch import Watch
from zester_peel.host.protocol import Host, HostReader, Stat
from zester_peel.states.file.ownership import Ownership
from zester_peel.states.file.parents import folder_mode, missing_parent, prepare_parent
from zester_peel.states.file.place import PathName, ancestors, destination, resource

_NEW_MODE = 0o644
_SECOND = 1_000_000_000


def _read_time(value: object) -> int:
    try:
        found = int(read_text(value))
    except ValueError:
        raise ValueError("atime and mtime must be integers") from None
    if not 0 <= found < 2**33:
        raise ValueError(f"{found} is no time in seconds since 1970")
    return found


Time = Annotated[int, BeforeValidator(_read_time)]


class TouchSpec(BaseModel):
    """Parameters of ``file.touch``; times in seconds since 1970."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: PathName
    atime: Time | None = None
    mtime: Time | None = None
    makedirs: Flag = False


@dataclass(frozen=True, slots=True)
class Touched:
    """What was found: ``times`` in ns since 1970, read first; None when nothing is there."""

    path: str
    stat: Stat | None
    times: tuple[int, int] | None
    parent: str | None


class Touch(State[TouchSpec, Touched]):
    """Something is at this path, an empty file when nothing was; its times are these."""

    function: ClassVar[str] = "file.touch"
    spec = TouchSpec

    def requires(self, spec: TouchSpec) -> Iterable[str]:
        return ancestors(spec.name)

    def provides(self, spec: TouchSpec) -> Iterable[str]:
        return (resource(spec.name),)

    def locks(self, spec: TouchSpec) -> Iterable[str]:
        return (resource(spec.name),)

    def watches(self, spec: TouchSpec) -> Iterable[Watch]:
        return (Watch("path", spec.name, follow=True),)

    async def observe(self, host: HostReader, spec: TouchSpec) -> Touched:
        path = await destination(host, spec.name)
        found = await host.stat(path)
        times = await host.times(path)
        parent = await missing_parent(host, path) if found is None else None
        return Touched(path, found, times, parent)

    def plan(self, spec: TouchSpec, observed: Touched | None) -> Plan:
        if observed is None:
            raise StateError(f"{spec.name} was not looked at")
        if observed.stat is None:
            comment = f"File {spec.name} is set to be created"
            if observed.parent is not None and not spec.makedirs:
                comment += f"; its folder {observed.parent} does not exist and makedirs is off"
            return Plan({"new": spec.name}, comment)
        if observed.times is not None and _wished(spec, observed.times) == observed.times:
            return Plan(comment=f"File {spec.name} exists and has the correct times")
        return Plan({"touched": spec.name}, f"Times set to be updated on file {spec.name}")

    async def apply(self, host: Host, spec: TouchSpec, plan: Plan) -> Applied:
        now = await self.observe(host, spec)
        if now.stat is None:
            folders = folder_mode(None)
            await prepare_parent(
                host, now.path, makedirs=spec.makedirs, mode=folders, owner=Ownership()
            )
            await host.write(now.path, b"", mode=_NEW_MODE)
        made = time.time_ns()
        times = (made, made) if now.times is None else now.times
        wished = _wished(spec, times)
        if wished != times:
            await host.set_times(now.path, *wished)
        if now.stat is None:
            return Applied(comment=f"Created empty file {spec.name}")
        what = "directory" if now.stat.kind == "directory" else "file"
        return Applied(comment=f"Updated times on {what} {spec.name}")


def _wished(spec: TouchSpec, times: tuple[int, int]) -> tuple[int, int]:
    """Return the times there should be; a second that is right already keeps its fraction."""
    atime, mtime = times
    if spec.atime is not None and atime // _SECOND != spec.atime:
        atime = spec.atime * _SECOND
    if spec.mtime is not None and mtime // _SECOND != spec.mtime:
        mtime = spec.mtime * _SECOND
    return atime, mtime
