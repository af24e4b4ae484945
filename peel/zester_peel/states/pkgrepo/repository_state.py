"""What the repository states have in common."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, TypeVar

from zester.dataclass import dataclass
from zester.errors import HostError, StateError
from zester_peel.engine.backend import Backend
from zester_peel.engine.state import State
from zester_peel.engine.watch import Watch
from zester_peel.host.protocol import Host, HostReader
from zester_peel.states.pkg.manager import Manager
from zester_peel.states.pkg.providers.choice import BACKEND
from zester_peel.states.pkgrepo.apt_files import FOLDER, MAIN
from zester_peel.states.pkgrepo.parameters import RepositorySpec

LOCK = "package-repositories"

_LIMIT = 4 * 1024 * 1024
_MODE = 0o644
_FOLDERS = {
    "apt": (FOLDER,),
    "dnf": ("/etc/yum.repos.d",),
    "dnf5": ("/etc/yum.repos.d", "/etc/distro.repos.d"),
    "yum": ("/etc/yum.repos.d",),
    "zypper": ("/etc/zypp/repos.d",),
}

SpecT = TypeVar("SpecT", bound=RepositorySpec)


@dataclass(frozen=True, slots=True)
class Found:
    """The files that list repositories, and the key's file when the state names one.

    ``folder``: where new files go. ``key_path`` None = no key is asked for.
    """

    apt: bool
    folder: str
    files: dict[str, str]
    key_path: str | None = None
    key: bytes | None = None


class RepositoryState(State[SpecT, Found]):
    """A state about one repository; it reads all files that may list it."""

    backend: ClassVar[Backend | None] = BACKEND

    def __init__(self, manager: Manager) -> None:
        self._manager = manager

    def provides(self, spec: SpecT) -> Iterable[str]:
        return (f"path:{spec.file or MAIN}",)

    def locks(self, spec: SpecT) -> Iterable[str]:
        return (LOCK, f"path:{spec.file}") if spec.file else (LOCK,)

    def watches(self, spec: SpecT) -> Iterable[Watch]:
        folder = FOLDER if spec.source() is not None else "/etc/yum.repos.d"
        yield Watch("path", folder)
        yield Watch("path", MAIN)
        if spec.file is not None:
            yield Watch("path", spec.file)
        elif folder != FOLDER:
            yield Watch("path", f"{folder}/{spec.name.replace('/', '_')}.repo")

    async def look(self, host: HostReader) -> Found:
        """Read every file that lists repositories; raises StateError where none can."""
        provider = await self._manager.provider(host)
        folders = _FOLDERS.get(provider.name)
        if folders is None:
            raise StateError(
                f"repositories of {provider.name} are not managed",
                hint=f"manage {provider.sources[0]} with a file state",
            )
        apt = provider.name == "apt"
        endings = (".list", ".sources") if apt else (".repo",)
        places = [MAIN] if apt else []
        for folder in folders:
            if await host.stat(folder, follow=True) is None:
                continue
            names = await host.listdir(folder)
            places.extend(f"{folder}/{name}" for name in names if name.endswith(endings))
        files = {}
        for place in places:
            about = await host.stat(place, follow=True)
            if about is not None and about.kind == "file":
                data = await host.read(place, limit=_LIMIT)
                files[place] = data.decode("utf-8", "surrogateescape")
        return Found(apt, folders[0], files)


async def write(host: Host, path: str, data: bytes) -> None:
    """Write a file; a new one is readable by all, an old one keeps mode and owner."""
    found = await host.stat(path, follow=True)
    folder = path.rpartition("/")[0] or "/"
    if found is None and await host.stat(folder, follow=True) is None:
        await host.mkdir(folder, parents=True)
    if found is not None and found.kind != "file":
        raise HostError(f"{path} is a {found.kind}, not a file")
    await host.write(
        path,
        data,
        mode=_MODE if found is None else found.mode,
        uid=None if found is None else found.uid,
        gid=None if found is None else found.gid,
    )
