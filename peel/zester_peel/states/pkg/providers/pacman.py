"""Arch and its kin: pacman."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from zester.errors import StateError
from zester.templating.functions.versions.rpm import compare_rpm
from zester_peel.host.protocol import Host, HostReader
from zester_peel.states.pkg.providers.cache import Cached
from zester_peel.states.pkg.providers.process import LOOK, act, asked, look, told
from zester_peel.states.pkg.providers.protocol import Inventory, Options, Pick

_CONFIG = "/etc/pacman.conf"
_LIMIT = 1024 * 1024
_IGNORED = re.compile(r"^\s*IgnorePkg\s*=\s*(.*)$", re.MULTILINE)
_ABOUT = re.compile(r"^(Repository|Name|Version)\s*: (\S+)", re.MULTILINE)
_UPGRADE = re.compile(r"^(\S+) (\S+) -> (\S+)$", re.MULTILINE)
_ALTERED = re.compile(r"^(?:warning: )?\S+: (/.*) \(", re.MULTILINE)


class Pacman:
    """pacman for everything; it knows one version of each package, the newest."""

    name = "pacman"
    database: tuple[str, ...] = ("/var/lib/pacman/local", _CONFIG)
    sources: tuple[str, ...] = (_CONFIG, "/etc/pacman.d")
    lists: tuple[str, ...] = ("/var/lib/pacman/sync",)

    def __init__(self) -> None:
        self._known: Cached[Inventory] = Cached()

    def compare(self, first: str, second: str) -> int:
        return compare_rpm(first, second)

    def normalized(self, name: str) -> str:
        return name

    async def inventory(self, host: HostReader) -> Inventory:
        async def read() -> Inventory:
            rows = (line.split() for line in (await look(host, ("pacman", "-Q"))).splitlines())
            held: set[str] = set()
            if await host.stat(_CONFIG, follow=True) is not None:
                text = (await host.read(_CONFIG, limit=_LIMIT)).decode("utf-8", "replace")
                held.update(name for names in _IGNORED.findall(text) for name in names.split())
            installed = {row[0]: (row[1],) for row in rows if len(row) == 2}
            return Inventory(installed, held=frozenset(held))

        return await self._known.get(host, self.database, read)

    async def offered(
        self, host: HostReader, names: Collection[str], options: Options
    ) -> Mapping[str, tuple[str, ...]]:
        # 1: some of the names are unknown, the others are told
        said = await look(host, ("pacman", "-Si", "--", *sorted(names)), good=(0, 1))
        return read_information(said)

    async def upgradable(self, host: HostReader, options: Options) -> Mapping[str, str]:
        said = await look(host, ("pacman", "-Qu"), good=(0, 1))
        return {name: new for name, _, new in _UPGRADE.findall(said)}

    async def altered(self, host: HostReader, name: str) -> tuple[str, ...]:
        done = await host.probe(("pacman", "-Qkk", "--", name), cwd="/", timeout=LOOK)
        said = f"{done.stdout}\n{done.stderr}"
        return tuple(dict.fromkeys(_ALTERED.findall(said)))

    async def version_in(self, host: HostReader, file: str) -> str | None:
        said = await asked(host, ("pacman", "-Qp", "--", file))
        return None if said is None else said.rpartition(" ")[2]

    async def refresh(self, host: HostReader) -> str:
        done = await host.probe(("pacman", "-Sy", "--noconfirm"), cwd="/", timeout=LOOK * 3)
        return "" if done.returncode == 0 else told(done)

    async def install(self, host: Host, picks: Sequence[Pick], options: Options) -> None:
        files = [pick.file for pick in picks if pick.file is not None]
        names = [pick.name for pick in picks if pick.file is None]
        if options.fromrepo:
            names = [f"{options.fromrepo}/{name}" for name in names]
        for verb, words in (("-S", names), ("-U", files)):
            if words:
                await act(host, ("pacman", verb, "--noconfirm", "--", *words))

    async def upgrade(self, host: Host, names: Collection[str], options: Options) -> None:
        verb = "-S" if names else "-Su"
        await act(host, ("pacman", verb, "--noconfirm", "--", *sorted(names)))

    async def remove(self, host: Host, names: Collection[str], *, purge: bool) -> None:
        verb = "-Rn" if purge else "-R"
        await act(host, ("pacman", verb, "--noconfirm", "--", *sorted(names)))

    async def hold(self, host: Host, names: Collection[str], *, held: bool) -> None:
        raise StateError(
            "pacman has no command that holds packages",
            hint=f"manage IgnorePkg in {_CONFIG} with a file state",
        )


def read_information(text: str) -> Mapping[str, tuple[str, ...]]:
    """Return the versions ``pacman -Si`` tells of, in the order of the repositories."""
    found: dict[str, tuple[str, ...]] = {}
    name = ""
    for word, value in _ABOUT.findall(text):
        if word == "Name":
            name = value
        elif word == "Version" and name:
            found[name] = tuple(dict.fromkeys((*found.get(name, ()), value)))
    return found
