"""What the package states ask of a package manager."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import field
from typing import Protocol

from zester.dataclass import dataclass
from zester_peel.host.protocol import Host, HostReader


@dataclass(frozen=True, slots=True)
class Inventory:
    """What the machine has.

    ``installed``: name (also ``name:arch`` or ``name.arch``) → versions, oldest first.
    ``residual``: removed with configuration left behind, or half installed → version.
    ``held``: names that must not change. ``provided``: other names that installed packages answer
    to.
    """

    installed: Mapping[str, tuple[str, ...]]
    residual: Mapping[str, str] = field(default_factory=dict)
    held: frozenset[str] = frozenset()
    provided: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Options:
    """How a transaction is made; equal ones fit into one call. None = the manager's default."""

    fromrepo: str | None = None
    skip_verify: bool = False
    install_recommends: bool | None = None
    only_upgrade: bool = False
    update_holds: bool = False
    dist_upgrade: bool = False
    disablerepo: tuple[str, ...] = ()
    enablerepo: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pick:
    """One package to install: a version (None = the newest), or a file that holds it."""

    name: str
    version: str | None = None
    file: str | None = None
    reinstall: bool = False


class Provider(Protocol):
    """One package manager. Everything raises HostError or StateError; PackagesBusy for a lock.

    ``database``: paths whose change may mean that what is installed changed.
    ``sources``: files and folders that say where packages come from; ``lists``: what changes when
    package lists are fetched.
    """

    name: str
    database: tuple[str, ...]
    sources: tuple[str, ...]
    lists: tuple[str, ...]

    def compare(self, first: str, second: str) -> int:
        """Return -1, 0 or 1 by the manager's own order of versions."""
        ...

    def normalized(self, name: str) -> str:
        """Return a name without the machine's own architecture."""
        ...

    async def inventory(self, host: HostReader) -> Inventory:
        """Return what is installed; read anew only when the database changed."""
        ...

    async def offered(
        self, host: HostReader, names: Collection[str], options: Options
    ) -> Mapping[str, tuple[str, ...]]:
        """Return the versions repositories offer, the one to take first; unknown names lack.

        A name that only other packages provide has no versions.
        """
        ...

    async def upgradable(self, host: HostReader, options: Options) -> Mapping[str, str]:
        """Return the version that an upgrade of everything would give to each package."""
        ...

    async def altered(self, host: HostReader, name: str) -> tuple[str, ...]:
        """Return files of a package, configuration apart, that are not as it brought them."""
        ...

    async def version_in(self, host: HostReader, file: str) -> str | None:
        """Return the version of a package file, None when it cannot be told."""
        ...

    async def refresh(self, host: HostReader) -> str:
        """Fetch the package lists; return what went wrong, empty when all went well."""
        ...

    async def install(self, host: Host, picks: Sequence[Pick], options: Options) -> None: ...

    async def upgrade(self, host: Host, names: Collection[str], options: Options) -> None:
        """Bring these (none = all) installed packages to their newest version."""
        ...

    async def remove(self, host: Host, names: Collection[str], *, purge: bool) -> None: ...

    async def hold(self, host: Host, names: Collection[str], *, held: bool) -> None: ...
