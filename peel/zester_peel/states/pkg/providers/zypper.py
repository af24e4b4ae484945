"""SUSE: zypper over rpm."""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Collection, Mapping, Sequence

from zester.templating.functions.versions.rpm import compare_rpm
from zester_peel.host.protocol import Host, HostReader
from zester_peel.states.pkg.providers.cache import Cached
from zester_peel.states.pkg.providers.process import ACT, LOOK, failure, look, told
from zester_peel.states.pkg.providers.protocol import Inventory, Options, Pick
from zester_peel.states.pkg.providers.rpm_database import (
    RPM_DATABASES,
    query_all,
    query_altered,
    query_file,
)

_LOCKS = "/etc/zypp/locks"
_LIMIT = 1024 * 1024
_LOCKED = re.compile(r"^solvable_name: *(\S+)", re.MULTILINE)
_ELEMENT = re.compile(r"<(solvable|update)\b([^>]*)>")
_ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
_FOUND_NOTHING = 104
_FINE = (0, 100, 101, 102, 103, 106, 107)  # done, and something to know about it


class Zypper:
    """zypper for what is offered and for changes, rpm for what is installed."""

    name = "zypper"
    database: tuple[str, ...] = (*RPM_DATABASES, _LOCKS)
    sources: tuple[str, ...] = ("/etc/zypp/repos.d", "/etc/zypp/zypp.conf")
    lists: tuple[str, ...] = ("/var/cache/zypp/raw", "/var/cache/zypp/solv")

    def __init__(self) -> None:
        self._known: Cached[Inventory] = Cached()

    def compare(self, first: str, second: str) -> int:
        return compare_rpm(first, second)

    def normalized(self, name: str) -> str:
        return name

    async def inventory(self, host: HostReader) -> Inventory:
        async def read() -> Inventory:
            order = functools.cmp_to_key(compare_rpm)
            held: frozenset[str] = frozenset()
            if await host.stat(_LOCKS, follow=True) is not None:
                text = (await host.read(_LOCKS, limit=_LIMIT)).decode("utf-8", "replace")
                held = frozenset(_LOCKED.findall(text))
            installed = {
                name: tuple(sorted(versions, key=order))
                for name, versions in (await query_all(host)).items()
            }
            return Inventory(installed, held=held)

        return await self._known.get(host, self.database, read)

    async def offered(
        self, host: HostReader, names: Collection[str], options: Options
    ) -> Mapping[str, tuple[str, ...]]:
        repository = ("--repo", options.fromrepo) if options.fromrepo else ()
        words = ("search", "-s", "--match-exact", "-t", "package", *repository, "--")
        argv = ("zypper", "--non-interactive", "--xmlout", "--no-refresh", *words, *sorted(names))
        found: dict[str, set[str]] = {}
        for about in read_elements(await look(host, argv, good=(*_FINE, _FOUND_NOTHING))):
            if about.get("repository", "") not in ("", "(System Packages)"):
                found.setdefault(about["name"], set()).add(about["edition"])
        order = functools.cmp_to_key(compare_rpm)
        return {
            name: tuple(sorted(versions, key=order, reverse=True))
            for name, versions in found.items()
        }

    async def upgradable(self, host: HostReader, options: Options) -> Mapping[str, str]:
        argv = ("zypper", "--non-interactive", "--xmlout", "--no-refresh", "list-updates")
        elements = read_elements(await look(host, argv, good=_FINE))
        return {about["name"]: about["edition"] for about in elements}

    async def altered(self, host: HostReader, name: str) -> tuple[str, ...]:
        return await query_altered(host, name)

    async def version_in(self, host: HostReader, file: str) -> str | None:
        return await query_file(host, file)

    async def refresh(self, host: HostReader) -> str:
        argv = ("zypper", "--non-interactive", "--quiet", "refresh")
        done = await host.probe(argv, cwd="/", timeout=LOOK * 3)
        return "" if done.returncode in _FINE else told(done)

    async def install(self, host: Host, picks: Sequence[Pick], options: Options) -> None:
        for again in (False, True):
            words = [_word(pick) for pick in picks if pick.reinstall is again]
            if words:
                force = ("--force",) if again else ("--oldpackage",)
                await _act(host, options, ("install", *force, *_install(options), "--", *words))

    async def upgrade(self, host: Host, names: Collection[str], options: Options) -> None:
        verb = "dist-upgrade" if options.dist_upgrade and not names else "update"
        await _act(host, options, (verb, *_install(options), "--", *sorted(names)))

    async def remove(self, host: Host, names: Collection[str], *, purge: bool) -> None:
        await _act(host, Options(), ("remove", "--", *sorted(names)))

    async def hold(self, host: Host, names: Collection[str], *, held: bool) -> None:
        verb = "addlock" if held else "removelock"
        await _act(host, Options(), (verb, "--", *sorted(names)))


def read_elements(text: str) -> list[Mapping[str, str]]:
    """Return the attributes of every package in zypper's XML."""
    found: list[Mapping[str, str]] = []
    for _, words in _ELEMENT.findall(text):
        about = {name: html.unescape(value) for name, value in _ATTRIBUTE.findall(words)}
        if about.get("kind", "package") == "package" and "name" in about and "edition" in about:
            found.append(about)
    return found


async def _act(host: Host, options: Options, words: tuple[str, ...]) -> None:
    argv = ["zypper", "--non-interactive"]
    if options.skip_verify:
        argv.append("--no-gpg-checks")
    done = await host.run((*argv, *words), cwd="/", env={"ZYPP_LOCK_TIMEOUT": "30"}, timeout=ACT)
    if done.returncode not in _FINE:
        raise failure(done)


def _install(options: Options) -> tuple[str, ...]:
    words = ["--auto-agree-with-licenses"]
    if options.fromrepo:
        words += ["--from", options.fromrepo]
    if options.install_recommends is not None:
        words.append("--recommends" if options.install_recommends else "--no-recommends")
    return tuple(words)


def _word(pick: Pick) -> str:
    if pick.file is not None:
        return pick.file
    return pick.name if pick.version is None else f"{pick.name}={pick.version}"
