"""``pkgrepo.absent``: a repository that is not used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from zester.errors import StateError
from zester_peel.engine.state import Applied, Plan
from zester_peel.host.protocol import Host, HostReader
from zester_peel.states.pkgrepo import apt_files, ini
from zester_peel.states.pkgrepo.apt_source import AptSource
from zester_peel.states.pkgrepo.parameters import AbsentSpec
from zester_peel.states.pkgrepo.repository_state import Found, RepositoryState, write
from zester_peel.states.pkgrepo.wish import apt_source, section_name


class Absent(RepositoryState[AbsentSpec]):
    """No file describes this repository; a file that described nothing else goes with it."""

    function: ClassVar[str] = "pkgrepo.absent"
    spec = AbsentSpec

    async def observe(self, host: HostReader, spec: AbsentSpec) -> Found:
        return await self.look(host)

    def plan(self, spec: AbsentSpec, observed: Found | None) -> Plan:
        if observed is None:
            raise StateError(f"{spec.name} was not looked at")
        if not _edits(spec, observed):
            return Plan(comment=f"Package repo {spec.name} is absent")
        return Plan({"repo": spec.name}, f"Package repo '{spec.name}' will be removed")

    async def apply(self, host: Host, spec: AbsentSpec, plan: Plan) -> Applied:
        found = await self.look(host)
        for path, text in _edits(spec, found).items():
            if text.strip() or path == apt_files.MAIN:
                await write(host, path, text.encode("utf-8", "surrogateescape"))
            else:
                await host.remove(path)
        return Applied(comment=f"Removed repo {spec.name}")


def _edits(spec: AbsentSpec, found: Found) -> Mapping[str, str]:
    """Return the new texts of files that describe the repository."""
    if found.apt:
        source: AptSource = apt_source(spec)
        return apt_files.drop(found.files, replace(source, suite=spec.dist or source.suite))
    name = section_name(spec)
    return {
        path: ini.without_section(text, name)
        for path, text in found.files.items()
        if ini.section(text, name) is not None
    }
