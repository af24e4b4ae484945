"""One call of the package manager for one or many states."""

from __future__ import annotations

import posixpath
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from zester.dataclass import dataclass
from zester.errors import StateError
from zester_peel.engine.content import Content
from zester_peel.engine.state import Applied
from zester_peel.host.protocol import Host
from zester_peel.states.pkg.install.spec import InstalledSpec
from zester_peel.states.pkg.install.survey import Survey
from zester_peel.states.pkg.install.target import Target
from zester_peel.states.pkg.manager import Manager
from zester_peel.states.pkg.providers.protocol import Inventory, Pick, Provider

STAGE = "/var/cache/zester/packages"

_MOST_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Transaction:
    """Installs what states of equal options lack, and says what became of each.

    ``look`` is how the states look at the machine, ``told`` their words for (done, already there).
    """

    manager: Manager
    host: Host
    look: Callable[[Host, InstalledSpec], Awaitable[Survey]]
    told: Callable[[Sequence[str], Sequence[str]], str]

    async def run(self, specs: Sequence[InstalledSpec]) -> Sequence[Applied]:
        """Look again, install, hold; raises StateError and HostError."""
        provider = await self.manager.provider(self.host)
        before = await provider.inventory(self.host)
        surveys = [await self.look(self.host, spec) for spec in specs]
        todo = [survey.todo(spec) for spec, survey in zip(specs, surveys, strict=True)]
        for survey, picks in zip(surveys, todo, strict=True):
            for name, pick in picks.items():
                _check_known(survey[name], pick, survey.problem)
        await self._install(provider, specs, todo)
        for held in (True, False):
            names = {
                target.name
                for spec, survey, picks in zip(specs, surveys, todo, strict=True)
                for target in survey.targets
                if (target.held if spec.hold is None else spec.hold) is held
                and (target.held is not held or (held and target.name in picks))
            }
            if names:
                await provider.hold(self.host, names, held=held)
        after = await provider.inventory(self.host)
        others = _others(before, after, surveys)
        return [
            self._applied(spec, survey, picks, after, others)
            for spec, survey, picks in zip(specs, surveys, todo, strict=True)
        ]

    async def _install(
        self,
        provider: Provider,
        specs: Sequence[InstalledSpec],
        todo: Sequence[Mapping[str, Pick]],
    ) -> None:
        joined: dict[str, Pick] = {}
        staged: list[str] = []
        try:
            for spec, picks in zip(specs, todo, strict=True):
                contents = dict(spec._files)
                for name, pick in picks.items():
                    if name in contents:
                        place = await self._stage(name, spec.file_of(name) or "", contents[name])
                        staged.append(posixpath.dirname(place))
                        pick = replace(pick, file=place)
                    if joined.setdefault(name, pick) != pick:
                        raise StateError(f"two states want {name} in different versions")
            if joined:
                await provider.install(self.host, list(joined.values()), specs[0].options())
        finally:
            for folder in staged:
                await self.host.remove(folder)

    async def _stage(self, name: str, place: str, content: Content) -> str:
        """Put a file of the tree where the package manager can read it."""
        folder = f"{STAGE}/{content.digest[:32]}"
        path = f"{folder}/{name.replace(':', '_')}{posixpath.splitext(place)[1]}"
        await self.host.mkdir(folder, parents=True)
        data = content.read() if content.data is None else content.data
        await self.host.write(path, data, mode=0o644)
        return path

    def _applied(
        self,
        spec: InstalledSpec,
        survey: Survey,
        picks: Mapping[str, Pick],
        after: Inventory,
        others: Sequence[str],
    ) -> Applied:
        changes: dict[str, object] = {}
        for target in survey.targets:
            now = ",".join(after.installed.get(target.name, ()))
            if target.provided or (not now and target.name in after.provided):
                now = "installed"
            change = target.change(now if target.name in picks else None, spec.hold)
            if change:
                changes[target.name] = change
        done = [target.shown() for target in survey.targets if target.name in picks]
        already = [target.shown() for target in survey.targets if target.name not in picks]
        comment = self.told(done, already)
        if others and picks:
            comment += f"\nalong with them: {', '.join(others)}"
        if survey.problem:
            comment += f"\nthe package lists could not all be fetched: {survey.problem}"
        return Applied(changes, comment)


def _check_known(target: Target, pick: Pick, problem: str) -> None:
    if pick.file is not None or pick.reinstall or target.offered is not None:
        return
    why = f"; the package lists could not be fetched: {problem}" if problem else ""
    raise StateError(
        f"no repository of this machine has a package {target.name!r}{why}",
        hint="is it spelled as here, and is its repository configured (pkgrepo.managed)?",
    )


def _others(before: Inventory, after: Inventory, surveys: Sequence[Survey]) -> Sequence[str]:
    """Return what the transaction changed besides the packages of its states."""
    own = {target.name for survey in surveys for target in survey.targets}
    found = [
        f"{name} {','.join(versions)}"
        for name, versions in sorted(after.installed.items())
        if before.installed.get(name) != versions
        and not own.intersection((name, name.partition(":")[0]))
        and ":" not in name
    ]
    rest = len(found) - _MOST_SHOWN
    return found if rest <= 0 else [*found[:_MOST_SHOWN], f"{rest} more"]
