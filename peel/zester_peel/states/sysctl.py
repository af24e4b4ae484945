"""``sysctl.present``: a value of the kernel, now and after the next boot."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from zester.dataclass import dataclass
from zester.errors import StateError
from zester_peel.engine.fields import Flag, Text
from zester_peel.engine.state import Applied, Plan, State
from zester_peel.engine.watch import Watch
from zester_peel.host.protocol import Host, HostReader
from zester_peel.states.file.place import AbsolutePath, ancestors, resource
from zester_peel.states.settings_file import SettingsFile

_VALUES = "/proc/sys/"
_LIMIT = 64 * 1024
_SYSTEMD = "/run/systemd/system"
_WITH_SYSTEMD = "/etc/sysctl.d/99-salt.conf"
_WITHOUT = "/etc/sysctl.conf"
_TITLE = "#\n# Kernel sysctl configuration\n#\n"
_SWAPPED = str.maketrans("./", "/.")


def path_of(key: str) -> str:
    """Return the key as a path below ``/proc/sys``; raises ValueError for what cannot be one.

    As in sysctl(8) the first separator counts: ``net.ipv4.conf.eth0/100.mtu`` and
    ``net/ipv4/conf/eth0.100/mtu`` are the same.
    """
    first = re.search(r"[./]", key)
    path = key.translate(_SWAPPED) if first is not None and first[0] == "." else key
    parts = path.split("/")
    if any(part in ("", ".", "..") for part in parts) or not key.isprintable():
        raise ValueError(f"{key!r} cannot be the name of a kernel value")
    if re.search(r"[=#;\s]", key) or key.startswith("-"):
        raise ValueError(f"{key!r} cannot be the name of a kernel value")
    return path


def _checked_key(key: str) -> str:
    path_of(key)
    return key


def _one_line(value: str) -> str:
    if not value.strip() or not value.replace("\t", " ").isprintable():
        raise ValueError(f"{value!r} is not a value of one line")
    return value.strip()


class SysctlSpec(BaseModel):
    """Parameters of ``sysctl.present``."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: Annotated[Text, AfterValidator(_checked_key)]
    value: Annotated[Text, AfterValidator(_one_line)]
    config: AbsolutePath | None = None
    persist: Flag = Field(default=True)

    @property
    def path(self) -> str:
        """The file that holds the value now."""
        return _VALUES + path_of(self.name)

    @property
    def wished(self) -> list[str]:
        """The value in words: tabs and spaces between them do not count."""
        return self.value.split()

    @property
    def configs(self) -> tuple[str, ...]:
        """Every file that may hold it for the next boot."""
        if not self.persist:
            return ()
        return (self.config,) if self.config is not None else (_WITH_SYSTEMD, _WITHOUT)


@dataclass(frozen=True, slots=True)
class Configuration:
    """A file of ``key = value`` lines; ``keys`` by path below ``/proc/sys``: the lines they are on,
    with their values."""

    lines: tuple[str, ...]
    keys: dict[str, tuple[tuple[int, str], ...]]

    def holds(self, spec: SysctlSpec) -> bool:
        """Whether the key is there and every line of it has the wished value."""
        found = self.keys.get(path_of(spec.name), ())
        return bool(found) and all(value.split() == spec.wished for _, value in found)

    def with_value(self, spec: SysctlSpec) -> str:
        """Return the text with the wished value; all other lines stay as they are."""
        line = f"{spec.name} = {spec.value}\n"
        lines = list(self.lines)
        found = self.keys.get(path_of(spec.name), ())
        for number, value in found:
            if value.split() != spec.wished:
                lines[number] = line
        if not found:
            if lines and not lines[-1].endswith("\n"):
                lines[-1] += "\n"
            lines.append(line)
        return "".join(lines)


def parse(text: str) -> Configuration:
    """Read a file as sysctl(8) does; what it does not understand is passed over."""
    lines = tuple(text.splitlines(keepends=True)) if text else (_TITLE,)
    keys: dict[str, tuple[tuple[int, str], ...]] = {}
    for number, line in enumerate(lines):
        key, equals, value = line.strip().removeprefix("-").partition("=")
        key = key.strip()
        if not equals or not key or key[0] in "#;":
            continue
        try:
            path = path_of(key)
        except ValueError:
            continue
        keys[path] = (*keys.get(path, ()), (number, value.strip()))
    return Configuration(lines, keys)


@dataclass(frozen=True, slots=True)
class KernelValue:
    """What ``sysctl.present`` found: the value now (None = there is no such key), and whether
    ``config`` holds the wished one."""

    value: str | None
    config: str
    kept: bool


class Present(State[SysctlSpec, KernelValue]):
    """A value of the kernel, now and after the next boot."""

    function: ClassVar[str] = "sysctl.present"
    spec = SysctlSpec

    def __init__(self) -> None:
        self._files = SettingsFile(parse)

    def requires(self, spec: SysctlSpec) -> Iterable[str]:
        for config in spec.configs:
            yield from ancestors(config)

    def locks(self, spec: SysctlSpec) -> Iterable[str]:
        yield resource(spec.path)
        for config in spec.configs:
            yield resource(config)

    def watches(self, spec: SysctlSpec) -> Iterable[Watch]:
        yield Watch("value", spec.path)
        for config in spec.configs:
            yield Watch("path", config, follow=True)

    async def observe(self, host: HostReader, spec: SysctlSpec) -> KernelValue:
        config = spec.config
        if config is None:
            booted = await host.stat(_SYSTEMD, follow=True)
            config = _WITHOUT if booted is None else _WITH_SYSTEMD
        value = None
        if await host.stat(spec.path) is not None:
            value = (await host.read(spec.path, limit=_LIMIT)).decode("utf-8", "replace")
        kept = not spec.persist or (await self._files.read(host, config)).holds(spec)
        return KernelValue(value, config, kept)

    def plan(self, spec: SysctlSpec, observed: KernelValue | None) -> Plan:
        if observed is None or observed.value is None:
            raise StateError(
                f"sysctl {spec.name} does not exist",
                hint="check the name; a value of a kernel module is there once that is loaded",
            )
        live = observed.value.split() == spec.wished
        if live and observed.kept:
            return Plan(comment=f"Sysctl value {spec.name} = {spec.value} is already set")
        comment = f"Sysctl option {spec.name} set to be changed to {spec.value}"
        if live:
            comment += f" in config file {observed.config}: it is set on the running system only"
        return Plan({spec.name: spec.value}, comment)

    async def apply(self, host: Host, spec: SysctlSpec, plan: Plan) -> Applied:
        found = await self.observe(host, spec)
        if found.value is None or found.value.split() != spec.wished:
            # First: what the kernel refuses must not wait in a file for the next boot.
            await host.put(spec.path, f"{spec.value}\n".encode())
        if not found.kept:
            await self._files.change(host, found.config, lambda each: each.with_value(spec))
        return Applied(comment=f"Updated sysctl value {spec.name} = {spec.value}")
