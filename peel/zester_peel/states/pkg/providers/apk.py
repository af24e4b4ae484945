"""Alpine: apk."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Mapping, Sequence

from zester.errors import StateError
from zester.templating.functions.versions.debian import compare_debian
from zester_peel.host.protocol import Host, HostReader
from zester_peel.states.pkg.providers.cache import Cached
from zester_peel.states.pkg.providers.process import LOCK, LOOK, act, look, told
from zester_peel.states.pkg.providers.protocol import Inventory, Options, Pick

DATABASE = "/lib/apk/db/installed"

_MAX_DATABASE = 128 * 1024 * 1024
_FIELD = re.compile(r"^(?:([PVp]):(.*)|)$\n?", re.MULTILINE)
_BEFORE = re.compile(r"_(alpha|beta|pre|rc)")
_AFTER = re.compile(r"_(cvs|svn|git|hg|p)(?=\d|$|-)")
_UPGRADE = re.compile(r"^(\S+)-(\d\S*-r\d+)\s+<\s+(\S+)", re.MULTILINE)
_HERE = ("lib/apk/db/installed", "/lib/apk/db/installed")


class Apk:
    """apk, and its own file of what is installed."""

    name = "apk"
    database: tuple[str, ...] = (DATABASE,)
    sources: tuple[str, ...] = ("/etc/apk/repositories",)
    lists: tuple[str, ...] = ("/var/cache/apk", "/etc/apk/cache", "/lib/apk/db")

    def __init__(self) -> None:
        self._known: Cached[Inventory] = Cached()

    def compare(self, first: str, second: str) -> int:
        return compare_debian(_ordered(first), _ordered(second))

    def normalized(self, name: str) -> str:
        return name

    async def inventory(self, host: HostReader) -> Inventory:
        async def read() -> Inventory:
            data = await host.read(DATABASE, limit=_MAX_DATABASE)
            return read_database(data.decode("utf-8", "replace"))

        return await self._known.get(host, self.database, read)

    async def offered(
        self, host: HostReader, names: Collection[str], options: Options
    ) -> Mapping[str, tuple[str, ...]]:
        found = read_policy(await look(host, ("apk", "policy", "--", *sorted(names))))
        order = functools.cmp_to_key(self.compare)
        return {
            name: tuple(sorted(versions, key=order, reverse=True))
            for name, versions in found.items()
        }

    async def upgradable(self, host: HostReader, options: Options) -> Mapping[str, str]:
        said = await look(host, ("apk", "version", "-l", "<"))
        return {name: new for name, _, new in _UPGRADE.findall(said)}

    async def altered(self, host: HostReader, name: str) -> tuple[str, ...]:
        raise StateError(
            "apk cannot tell which files of a package were altered",
            hint="leave pkg_verify and reinstall out",
        )

    async def version_in(self, host: HostReader, file: str) -> str | None:
        return None

    async def refresh(self, host: HostReader) -> str:
        done = await host.probe(("apk", "--wait", str(LOCK), "update"), cwd="/", timeout=LOOK * 3)
        return "" if done.returncode == 0 else told(done)

    async def install(self, host: Host, picks: Sequence[Pick], options: Options) -> None:
        trust = ("--allow-untrusted",) if options.skip_verify else ()
        repository = ("--repository", options.fromrepo) if options.fromrepo else ()
        await act(host, (*_APK, "add", *trust, *repository, "--", *map(_word, picks)))

    async def upgrade(self, host: Host, names: Collection[str], options: Options) -> None:
        if names:
            await act(host, (*_APK, "add", "--upgrade", "--", *sorted(names)))
        else:
            await act(host, (*_APK, "upgrade"))

    async def remove(self, host: Host, names: Collection[str], *, purge: bool) -> None:
        more = ("--purge",) if purge else ()
        await act(host, (*_APK, "del", *more, "--", *sorted(names)))

    async def hold(self, host: Host, names: Collection[str], *, held: bool) -> None:
        raise StateError(
            "apk has no command that holds packages",
            hint="pin the version instead: version: 1.2.3-r0",
        )


_APK = ("apk", "--wait", str(LOCK))


def read_database(text: str) -> Inventory:
    """Read apk's database of installed packages."""
    installed: dict[str, tuple[str, ...]] = {}
    provided: set[str] = set()
    about: dict[str, str] = {}
    for match in _FIELD.finditer(f"{text}\n\n"):
        if match[1]:
            about[match[1]] = match[2].strip()
        elif about:
            if "P" in about and "V" in about:
                installed[about["P"]] = (about["V"],)
                provided.update(each.partition("=")[0] for each in about.get("p", "").split())
            about = {}
    return Inventory(installed, provided=frozenset(provided))


def read_policy(text: str) -> Mapping[str, tuple[str, ...]]:
    """Return the versions that ``apk policy`` says repositories offer."""
    found: dict[str, tuple[str, ...]] = {}
    name, version = "", ""
    for line in text.splitlines():
        if line.endswith(" policy:"):
            name = line.removesuffix(" policy:")
            found.setdefault(name, ())
        elif line.startswith("    "):
            if line.strip() not in _HERE and version not in found.get(name, ()):
                found[name] = (*found.get(name, ()), version)
        elif line.startswith("  "):
            version = line.strip().removesuffix(":")
    return found


def _ordered(version: str) -> str:
    """Return a version whose parts sort as apk's do when Debian's rules are used."""
    return _AFTER.sub(r"+\1", _BEFORE.sub(r"~\1", version))


def _word(pick: Pick) -> str:
    if pick.file is not None:
        return pick.file
    return pick.name if pick.version is None else f"{pick.name}={pick.version}"
