"""``pkg.…``: the packages of the machine, with apt, dnf, yum, zypper, pacman or apk."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator

from zester.errors import StateError
from zester_peel.modules.calling.call import Call
from zester_peel.states.pkg.manager import Manager
from zester_peel.states.pkg.providers.protocol import Inventory, Options, Pick


def _read_names(value: object) -> tuple[str, ...]:
    """Read names of packages: a list, or one text with commas."""
    texts = value.split(",") if isinstance(value, str) else value
    if not isinstance(texts, list | tuple) or not all(isinstance(text, str) for text in texts):
        raise ValueError("expected names of packages")
    return tuple(text.strip() for text in texts if text.strip())


Names = Annotated[tuple[str, ...], BeforeValidator(_read_names)]


async def version(call: Call, *names: str) -> str | dict[str, str]:
    """Answer the installed version of a package, empty when there is none; of several a map."""
    installed = (await _inventory(call)).installed
    found = {name: (installed.get(name) or ("",))[-1] for name in names}
    return found[names[0]] if len(names) == 1 else found


async def list_pkgs(call: Call) -> dict[str, str]:
    """Answer every installed package with its version."""
    installed = (await _inventory(call)).installed
    return {name: ",".join(versions) for name, versions in sorted(installed.items())}


async def latest_version(call: Call, *names: str, refresh: bool = False) -> str | dict[str, str]:
    """Answer the version that an install would bring, empty when the newest is there."""
    manager, host = Manager(), call.around.host
    await _refreshed(manager, call, refresh)
    provider = await manager.provider(host)
    offered = await manager.offered(host, names, Options())
    installed = (await provider.inventory(host)).installed
    found = {}
    for name in names:
        newest = next(iter(offered.get(name, ())), "")
        here = installed.get(name)
        newer = newest and (not here or provider.compare(newest, here[-1]) > 0)
        found[name] = newest if newer else ""
    return found[names[0]] if len(names) == 1 else found


async def upgrade_available(call: Call, name: str, refresh: bool = False) -> bool:
    """Answer whether there is a newer version of a package."""
    return bool(await latest_version(call, name, refresh=refresh))


async def list_upgrades(call: Call, refresh: bool = True) -> dict[str, str]:
    """Answer every package that an upgrade of everything would change, with its new version."""
    manager, host = Manager(), call.around.host
    await _refreshed(manager, call, refresh)
    return dict(await (await manager.provider(host)).upgradable(host, Options()))


async def refresh_db(call: Call) -> bool:
    """Fetch the lists of packages and answer whether all went well."""
    await _refreshed(Manager(), call, True)
    return True


async def install(
    call: Call,
    name: str = "",
    pkgs: Names = (),
    version: str | None = None,
    refresh: bool = False,
    reinstall: bool = False,
) -> dict[str, Any]:
    """Install packages and answer what changed: name → old and new version."""
    names = _given(name, pkgs)
    picks = [Pick(each, version, reinstall=reinstall) for each in names]
    manager, host = Manager(), call.around.host
    await _refreshed(manager, call, refresh)
    provider = await manager.provider(host)
    before = await provider.inventory(host)
    if call.test:
        return {each: "would be installed" for each in names if each not in before.installed}
    await provider.install(host, picks, Options())
    return _changed(before, await provider.inventory(host))


async def remove(call: Call, name: str = "", pkgs: Names = ()) -> dict[str, Any]:
    """Remove packages and answer what changed."""
    return await _remove(call, _given(name, pkgs), purge=False)


async def purge(call: Call, name: str = "", pkgs: Names = ()) -> dict[str, Any]:
    """Remove packages with their configuration and answer what changed."""
    return await _remove(call, _given(name, pkgs), purge=True)


async def upgrade(
    call: Call, name: str = "", pkgs: Names = (), refresh: bool = True
) -> dict[str, Any]:
    """Bring the named packages, or all, to their newest version and answer what changed."""
    names = _given(name, pkgs) if name or pkgs else ()
    manager, host = Manager(), call.around.host
    await _refreshed(manager, call, refresh)
    provider = await manager.provider(host)
    if call.test:
        return dict(await provider.upgradable(host, Options()))
    before = await provider.inventory(host)
    await provider.upgrade(host, names, Options())
    return _changed(before, await provider.inventory(host))


async def version_cmp(call: Call, pkg1: str, pkg2: str) -> int:
    """Compare two versions as the package manager does: -1, 0 or 1."""
    return (await Manager().provider(call.around.host)).compare(pkg1, pkg2)


async def _remove(call: Call, names: Collection[str], *, purge: bool) -> dict[str, Any]:
    host = call.around.host
    provider = await Manager().provider(host)
    before = await provider.inventory(host)
    present = [
        name for name in names if name in before.installed or (purge and name in before.residual)
    ]
    if call.test:
        return {name: "would be removed" for name in present}
    if present:
        await provider.remove(host, present, purge=purge)
    return _changed(before, await provider.inventory(host))


async def _inventory(call: Call) -> Inventory:
    provider = await Manager().provider(call.around.host)
    return await provider.inventory(call.around.host)


async def _refreshed(manager: Manager, call: Call, wanted: bool) -> None:
    problem = await manager.refresh(call.around.host, wanted=wanted, cache_valid_time=None)
    if problem:
        raise StateError(f"the lists of packages could not be fetched: {problem}")


def _given(name: str, pkgs: Collection[str]) -> tuple[str, ...]:
    names = tuple(pkgs) or _read_names(name)
    if not names:
        raise StateError("no package is named", hint="give name=… or pkgs=[…]")
    return names


def _changed(before: Inventory, after: Inventory) -> dict[str, Mapping[str, str]]:
    changed: dict[str, Mapping[str, str]] = {}
    for name in sorted({*before.installed, *after.installed}):
        old, new = (",".join(each.installed.get(name, ())) for each in (before, after))
        if old != new:
            changed[name] = {"old": old, "new": new}
    return changed
