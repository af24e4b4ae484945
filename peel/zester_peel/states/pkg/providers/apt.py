"""Debian and its kin: apt over dpkg."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from zester.errors import StateError
from zester.templating.functions.versions.debian import compare_debian
from zester_peel.host.protocol import Host, HostReader
from zester_peel.states.pkg.providers.cache import Cached
from zester_peel.states.pkg.providers.dpkg_status import read_status
from zester_peel.states.pkg.providers.policy import read_policy
from zester_peel.states.pkg.providers.process import LOCK, LOOK, act, asked, look, told
from zester_peel.states.pkg.providers.protocol import Inventory, Options, Pick

STATUS = "/var/lib/dpkg/status"
LISTS = "/var/lib/apt/lists"

_MAX_STATUS = 128 * 1024 * 1024
_MANY = 500  # names in one command
_QUIET = {
    "DEBIAN_FRONTEND": "noninteractive",
    "DEBIAN_PRIORITY": "critical",
    "APT_LISTCHANGES_FRONTEND": "none",
    "APT_LISTBUGS_FRONTEND": "none",
    "UCF_FORCE_CONFFOLD": "1",
    "NEEDRESTART_MODE": "l",
}
_GET = (
    *("apt-get", "-q", "-y", "-o", f"DPkg::Lock::Timeout={LOCK}"),
    *("-o", "DPkg::Options::=--force-confdef", "-o", "DPkg::Options::=--force-confold"),
)
_UPGRADE = re.compile(r"^Inst (\S+) \[[^\]]*\] \((\S+)", re.MULTILINE)
_ALTERED = re.compile(r"^(\S{9}|missing) +(c )? *(/.*)$", re.MULTILINE)
_UNFINISHED = "dpkg --configure -a"


class Apt:
    """apt-get, apt-cache, apt-mark; what is installed comes from dpkg's own file."""

    name = "apt"
    database: tuple[str, ...] = (STATUS,)
    sources: tuple[str, ...] = (
        "/etc/apt/sources.list",
        "/etc/apt/sources.list.d",
        "/etc/apt/preferences",
        "/etc/apt/preferences.d",
        "/etc/apt/apt.conf.d",
    )
    lists: tuple[str, ...] = (LISTS, f"{LISTS}/partial")

    def __init__(self) -> None:
        self._status: Cached[Inventory] = Cached()
        self._native = ""

    def compare(self, first: str, second: str) -> int:
        return compare_debian(first, second)

    def normalized(self, name: str) -> str:
        base, _, arch = name.partition(":")
        return base if arch and arch in (self._native, "any") else name

    async def inventory(self, host: HostReader) -> Inventory:
        async def read() -> Inventory:
            data = await host.read(STATUS, limit=_MAX_STATUS)
            found, self._native = read_status(data.decode("utf-8", "replace"), compare_debian)
            return found

        return await self._status.get(host, self.database, read)

    async def offered(
        self, host: HostReader, names: Collection[str], options: Options
    ) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        wanted = sorted(names)
        release = _release(options)
        for start in range(0, len(wanted), _MANY):
            argv = ("apt-cache", *release, "policy", "--", *wanted[start : start + _MANY])
            found |= read_policy(await look(host, argv))
        for name in wanted:  # the machine's own architecture is not repeated in the answer
            base = self.normalized(name)
            if name not in found and base in found:
                found[name] = found[base]
        return found

    async def upgradable(self, host: HostReader, options: Options) -> Mapping[str, str]:
        argv = ("apt-get", "-q", "-s", *_release(options), *_upgrade(options))
        return dict(_UPGRADE.findall(await look(host, argv)))

    async def altered(self, host: HostReader, name: str) -> tuple[str, ...]:
        said = await look(host, ("dpkg", "--verify", "--", name), good=(0, 1))
        return tuple(path for _, kept, path in _ALTERED.findall(said) if not kept)

    async def version_in(self, host: HostReader, file: str) -> str | None:
        return await asked(host, ("dpkg-deb", "--field", file, "Version"))

    async def refresh(self, host: HostReader) -> str:
        argv = (*_GET, "update")
        done = await host.probe(argv, cwd="/", env=_QUIET, timeout=LOOK * 3)
        if done.returncode == 0 and "Failed to fetch" not in done.stderr:
            return ""
        return told(done)

    async def install(self, host: Host, picks: Sequence[Pick], options: Options) -> None:
        fresh = [pick for pick in picks if not pick.reinstall]
        again = [pick for pick in picks if pick.reinstall]
        for group, more in ((fresh, ()), (again, ("--reinstall",))):
            if group:
                await self._get(host, (*_install(group, options), *more, "install", "--"), group)

    async def upgrade(self, host: Host, names: Collection[str], options: Options) -> None:
        if names:
            only = replace(options, only_upgrade=True)
            await self.install(host, [Pick(name) for name in sorted(names)], only)
        else:
            await self._get(host, (*_install((), options), *_upgrade(options)), ())

    async def remove(self, host: Host, names: Collection[str], *, purge: bool) -> None:
        verb = "purge" if purge else "remove"
        await self._get(host, (verb, "--"), [Pick(name) for name in sorted(names)])

    async def hold(self, host: Host, names: Collection[str], *, held: bool) -> None:
        verb = "hold" if held else "unhold"
        await act(host, ("apt-mark", verb, "--", *sorted(names)), _QUIET)

    async def _get(self, host: Host, words: tuple[str, ...], picks: Sequence[Pick]) -> None:
        """Run apt-get; what a power cut left half done is finished first."""
        argv = (*_GET, *words, *map(_word, picks))
        try:
            await act(host, argv, _QUIET)
        except StateError as error:
            if _UNFINISHED not in str(error):
                raise
            configure = ("dpkg", "--force-confdef", "--force-confold", "--configure", "-a")
            await act(host, configure, _QUIET)
            await act(host, argv, _QUIET)


def _install(picks: Sequence[Pick], options: Options) -> tuple[str, ...]:
    words = [*_release(options)]
    if any(pick.version or pick.file for pick in picks):
        words.append("--allow-downgrades")
    if options.update_holds:
        words.append("--allow-change-held-packages")
    if options.skip_verify:
        words.append("--allow-unauthenticated")
    if options.install_recommends is not None:
        prefix = "" if options.install_recommends else "no-"
        words.append(f"--{prefix}install-recommends")
    if options.only_upgrade:
        words.append("--only-upgrade")
    return tuple(words)


def _release(options: Options) -> tuple[str, ...]:
    return ("-t", options.fromrepo) if options.fromrepo else ()


def _upgrade(options: Options) -> tuple[str, ...]:
    return ("dist-upgrade",) if options.dist_upgrade else ("--with-new-pkgs", "upgrade")


def _word(pick: Pick) -> str:
    if pick.file is not None:
        return pick.file
    return pick.name if pick.version is None else f"{pick.name}={pick.version}"
