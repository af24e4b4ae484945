"""The machine's package manager as all package states share it."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import anyio

from zester.dataclass import dataclass
from zester.errors import HostError
from zester_peel.host.protocol import HostReader
from zester_peel.states.pkg.providers.cache import signed
from zester_peel.states.pkg.providers.choice import choose_provider
from zester_peel.states.pkg.providers.protocol import Options, Provider
from zester_peel.states.pkg.providers.rpm_database import RPM_DATABASES

LOCK = "packages"
"""What every state that changes packages holds: managers do one thing at a time."""

ORIGINS = tuple(
    f"path:{place}*"
    for place in ("/etc/apt/", "/etc/yum", "/etc/dnf/", "/etc/zypp/", "/etc/pacman", "/etc/apk/")
)
"""What package states come after: files that say where packages come from."""

DATABASES = (
    "/var/lib/dpkg/status",
    *RPM_DATABASES,
    "/var/lib/pacman/local",
    "/lib/apk/db/installed",
)

_FRESH = 3600.0  # seconds for which lists fetched by this process will do
_JUST_NOW = 60.0  # seconds in which nobody asks twice


@dataclass(frozen=True, slots=True)
class _Fetch:
    """When package lists were last fetched (monotonic), from which sources, and what failed."""

    time: float
    sources: tuple[object, ...]
    problem: str


class Manager:
    """Chooses the provider once, and remembers what was asked and when lists were fetched."""

    def __init__(self) -> None:
        self._provider: Provider | None = None
        self._root: Path | None = None
        self._choice = anyio.Lock()
        self._lists = anyio.Lock()
        self._fetch: _Fetch | None = None
        self._offers: dict[tuple[str, Options], tuple[str, ...] | None] = {}
        self._offers_for: tuple[object, ...] = ()

    async def provider(self, host: HostReader) -> Provider:
        """Return the machine's provider; raises StateError when there is none."""
        if self._provider is not None and self._root == host.root:
            return self._provider
        async with self._choice:
            if self._provider is None or self._root != host.root:
                self._provider = await choose_provider(host)
                self._root, self._fetch = host.root, None
            return self._provider

    async def offered(
        self, host: HostReader, names: Collection[str], options: Options
    ) -> Mapping[str, tuple[str, ...]]:
        """Return what repositories offer; names asked for since the lists changed are known."""
        provider = await self.provider(host)
        state = self._state(host, provider)
        if state != self._offers_for:
            self._offers, self._offers_for = {}, state
        unknown = [name for name in names if (name, options) not in self._offers]
        if unknown:
            found = await provider.offered(host, unknown, options)
            for name in unknown:
                self._offers[name, options] = found.get(name)
        return {
            name: versions
            for name in names
            if (versions := self._offers.get((name, options))) is not None
        }

    async def refresh(
        self, host: HostReader, *, wanted: bool | None, cache_valid_time: float | None
    ) -> str:
        """Fetch the package lists when they are needed; return what went wrong.

        ``wanted`` True = now (unless somebody just did), None = unless this process did within
        the hour and from the same sources, False = never. ``cache_valid_time``: seconds for which
        lists will do that another process fetched.
        """
        if wanted is False:
            return ""
        provider = await self.provider(host)
        async with self._lists:
            sources = await self._origins(host, provider)
            last = self._fetch
            if last is not None and sources == last.sources:
                enough = _JUST_NOW if wanted or last.problem else _FRESH
                if time.monotonic() - last.time < enough:
                    return last.problem
            elif last is None and cache_valid_time is not None:
                ages = [
                    time.time() - found.mtime_ns / 1e9
                    for place in provider.lists
                    if (found := host.signature(place)) is not None
                ]
                if ages and min(ages) < cache_valid_time:
                    return ""
            problem = await provider.refresh(host)
            self._offers = {}
            self._fetch = _Fetch(time.monotonic(), sources, problem)
            return problem

    def _state(self, host: HostReader, provider: Provider) -> tuple[object, ...]:
        """Return what offers depend on: the lists, and what is installed."""
        places = (*provider.database, *provider.lists, *provider.sources)
        return tuple(signed(host, path) for path in places)

    async def _origins(self, host: HostReader, provider: Provider) -> tuple[object, ...]:
        found: list[object] = []
        for place in provider.sources:
            found.append(signed(host, place))
            try:
                names: Sequence[str] = await host.listdir(place)
            except HostError:  # a file, or not there
                continue
            found.extend((name, signed(host, f"{place}/{name}")) for name in names)
        return tuple(found)
