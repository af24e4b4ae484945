"""systemd as a service manager."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import field, replace

import anyio

from zester.dataclass import dataclass
from zester.errors import HostError, StateError
from zester_peel.host.protocol import CommandResult, Host, HostReader
from zester_peel.states.service.manager import Manner, Verb
from zester_peel.states.service.service import Service, unit_of

_PROPERTIES = (
    *("Id", "Names", "LoadState", "LoadError", "ActiveState", "SubState", "Result"),
    *("UnitFileState", "NeedDaemonReload", "TriggeredBy"),
)
_SHOW = ("systemctl", "show", f"--property={','.join(_PROPERTIES)}", "--")
_UP = frozenset(("active", "reloading", "refreshing"))
_DOWN = frozenset(("inactive", "failed", "maintenance"))
_ENABLED = frozenset(("enabled", "enabled-runtime"))
_FIXED = frozenset(("static", "indirect", "alias", "transient", "generated"))
_BATCH = 400  # units in one question: the answer stays below what is read of a command
_QUICK = 60.0
_LATER = ("systemd-run", "--quiet", "--collect", "--on-active=2", "--")
"""The peel restarts itself when it has noted that it did; else it would do so for ever."""


class Systemd:
    """Asks ``systemctl``, one process for everybody who asks at the same time."""

    title = "systemd"

    def __init__(self) -> None:
        self._asking = anyio.Lock()
        self._next = _Question()

    async def look(self, host: HostReader, name: str, sig: str | None = None) -> Service:
        unit = unit_of(name)
        if "@." in unit:
            return await self._template(host, name, unit)
        found = _service(name, await self._show(host, unit))
        if found.known and not found.enabled and not found.mask:
            return await self._init_script(host, found)
        return found

    async def names(self, host: HostReader) -> tuple[str, ...]:
        listed = await host.probe(
            ("systemctl", "list-unit-files", "--no-legend", "--plain", "--no-pager"),
            timeout=_QUICK,
        )
        units = [line.split(maxsplit=1)[0] for line in listed.stdout.splitlines() if line.strip()]
        return tuple(unit.removesuffix(".service") for unit in units)

    async def reread(self, host: Host) -> None:
        await _must(host, ("systemctl", "daemon-reload"))

    async def act(self, host: Host, service: Service, verb: Verb, manner: Manner) -> None:
        if "@." in service.id:
            raise StateError(service.problem)
        if service.stale:
            await self.reread(host)
        if verb == "restart" and await _is_own(host, service.id):
            await _must(host, (*_LATER, "systemctl", verb, "--", service.id))
            return
        wait = ("--no-block",) if manner.no_block else ()
        argv = ("systemctl", verb, *wait, "--", unit_of(service.name))
        await _must(host, argv, timeout=manner.timeout)

    async def enable(self, host: Host, service: Service) -> None:
        if service.stale:
            await self.reread(host)
        # by its proper name: an alias is refused
        await _must(host, ("systemctl", "--quiet", "enable", "--", service.id))

    async def disable(self, host: Host, service: Service) -> None:
        await _must(host, ("systemctl", "--quiet", "disable", "--", service.id))

    async def mask(self, host: Host, name: str, *, runtime: bool) -> None:
        await _must(host, ("systemctl", "--quiet", "mask", *_runtime(runtime), "--", unit_of(name)))

    async def unmask(self, host: Host, name: str, *, runtime: bool) -> None:
        argv = ("systemctl", "--quiet", "unmask", *_runtime(runtime), "--", unit_of(name))
        await _must(host, argv)

    async def _show(self, host: HostReader, unit: str) -> Mapping[str, str]:
        """Join the question that is asked next; while one is asked, others gather for it."""
        question = self._next
        question.units[unit] = None
        async with self._asking:
            if question.answer is None:
                self._next = _Question()
                await question.ask(host)
        return (question.answer or {})[unit]

    async def _template(self, host: HostReader, name: str, unit: str) -> Service:
        """A template itself runs never; it can be enabled and masked."""
        said = await host.probe(("systemctl", "is-enabled", "--", unit), timeout=_QUICK)
        state = said.stdout.strip()
        return Service(
            name,
            unit,
            known=state not in ("", "not-found"),
            enabled=state in _ENABLED,
            fixed=state in _FIXED,
            mask=state if state.startswith("masked") else "",
            problem=f"{unit} is a template: only its instances can run, such as "
            f"{unit.replace('@.', '@one.')}",
        )

    async def _init_script(self, host: HostReader, found: Service) -> Service:
        """What was made from an init script is enabled there; systemctl knows how to ask."""
        script = f"/etc/init.d/{found.id.removesuffix('.service')}"
        if not found.fixed or await host.stat(script) is None:
            return found
        said = await host.probe(("systemctl", "is-enabled", "--", found.id), timeout=_QUICK)
        return replace(found, enabled=said.returncode == 0, fixed=False)


@dataclass(slots=True)
class _Question:
    """Units that somebody asks about; ``answer`` when it was asked."""

    units: dict[str, None] = field(default_factory=dict)
    answer: dict[str, Mapping[str, str]] | None = None

    async def ask(self, host: HostReader) -> None:
        units = tuple(self.units)
        answer: dict[str, Mapping[str, str]] = {}
        for start in range(0, len(units), _BATCH):
            answer |= await _asked(host, units[start : start + _BATCH])
        self.answer = answer


async def _asked(host: HostReader, units: Sequence[str]) -> dict[str, Mapping[str, str]]:
    """Ask once; one by one when systemd refuses the question for the name of one of them."""
    said = await host.probe((*_SHOW, *units), timeout=_QUICK)
    blocks = parse_show(said.stdout)
    if len(blocks) == len(units) and not said.returncode:
        return dict(zip(units, blocks, strict=True))
    if "unit name" not in said.stderr:
        raise StateError(f"systemd does not tell about {units[0]}: {_words(said)}")
    if len(units) > 1:
        return {
            unit: shown for each in units for unit, shown in (await _asked(host, [each])).items()
        }
    return {units[0]: {"LoadState": "not-found", "LoadError": f" {_words(said)}"}}


def parse_show(text: str) -> tuple[Mapping[str, str], ...]:
    """Read ``systemctl show`` of several units: one map for each, in the order asked."""
    blocks: list[dict[str, str]] = []
    for part in text.split("\n\n"):
        lines = [line.partition("=") for line in part.splitlines() if "=" in line]
        if lines:
            blocks.append({key: value for key, _, value in lines})
    return tuple(blocks)


def _service(name: str, shown: Mapping[str, str]) -> Service:
    load, active, sub = (shown.get(key, "") for key in ("LoadState", "ActiveState", "SubState"))
    state = shown.get("UnitFileState", "")
    return Service(
        name=name,
        id=shown.get("Id") or unit_of(name),
        known=load != "not-found",
        running=active in _UP,
        alive=active not in _DOWN,
        starting=active == "activating" and sub != "auto-restart",
        stopping=active == "deactivating",
        enabled=state in _ENABLED,
        fixed=state in _FIXED or not state,
        mask=state if state.startswith("masked") else "masked" if load == "masked" else "",
        stale=shown.get("NeedDaemonReload") == "yes",
        problem=_problem(load, active, sub, shown),
        triggers=tuple(shown.get("TriggeredBy", "").split()),
    )


def _problem(load: str, active: str, sub: str, shown: Mapping[str, str]) -> str:
    if load not in ("loaded", "masked", "stub", "merged"):
        kind, _, told = shown.get("LoadError", "").partition(" ")
        if kind.endswith(".NoSuchUnit"):
            return ""
        return told.strip('"').rstrip(".") or f"it is {load}"
    if active == "failed" or sub == "auto-restart":
        return f"it ended: {shown.get('Result') or 'failed'}"
    return ""


async def _is_own(host: HostReader, unit: str) -> bool:
    """Return whether this process is a part of that unit."""
    try:
        groups = await host.read("/proc/self/cgroup", limit=64 * 1024)
    except HostError:
        return False
    return unit in groups.decode("utf-8", "replace").replace("\n", "/").split("/")


def _runtime(runtime: bool) -> Sequence[str]:
    return ("--runtime",) if runtime else ()


async def _must(host: Host, argv: tuple[str, ...], *, timeout: float = _QUICK) -> None:
    done = await host.run(argv, timeout=timeout)
    if done.returncode:
        raise StateError(f"{' '.join(argv[:3])} … failed: {_words(done)}")


def _words(said: CommandResult) -> str:
    with contextlib.suppress(StopIteration):
        return next(line for line in said.stderr.splitlines() if line.strip()).strip()
    return f"exit code {said.returncode}"
