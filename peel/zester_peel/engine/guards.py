"""Conditions under which a state does not run: ``onlyif``, ``unless``, ``creates``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zester.errors import ParameterError
from zester_peel.engine.fields import read_environment, read_text, read_texts
from zester_peel.host.protocol import HostReader


@dataclass(frozen=True, slots=True)
class Unmet:
    """The guard that says no."""

    guard: str
    comment: str


@dataclass(frozen=True, slots=True)
class Guards:
    """One state's guards; commands are texts for ``sh``, bools their own answer.

    The state runs when every ``onlyif`` is true, some ``unless`` is false and some ``creates``
    path is missing. ``cwd``, ``env`` and ``user`` are the state's own and hold for the commands.
    """

    onlyif: tuple[str | bool, ...] | None = None
    unless: tuple[str | bool, ...] | None = None
    creates: tuple[str, ...] = ()
    cwd: str | None = None
    env: Mapping[str, str] | None = None
    user: str | None = None

    async def unmet(self, host: HostReader) -> Unmet | None:
        """Ask the machine; raises HostError and CommandTimeout."""
        if self.onlyif is not None:
            for condition in self.onlyif:
                if not await self._holds(host, condition):
                    return Unmet("onlyif", "onlyif condition is false")
        if self.unless:
            for condition in self.unless:
                if not await self._holds(host, condition):
                    break
            else:
                return Unmet("unless", "unless condition is true")
        if self.creates:
            for path in self.creates:
                if await host.stat(path, follow=True) is None:
                    return None
            if len(self.creates) == 1:
                return Unmet("creates", f"{self.creates[0]} exists")
            return Unmet("creates", "all files in creates exist")
        return None

    async def _holds(self, host: HostReader, condition: str | bool) -> bool:
        if isinstance(condition, bool):
            return condition
        result = await host.probe(
            ("/bin/sh", "-c", condition), cwd=self.cwd, env=self.env, user=self.user
        )
        return result.returncode == 0


def read_guards(guards: Mapping[str, Any], args: Mapping[str, Any]) -> Guards | None:
    """Read guards as written, None when there are none; raises ParameterError."""
    if not any(guards.get(name) is not None for name in ("onlyif", "unless", "creates")):
        return None
    try:
        creates = guards.get("creates")
        return Guards(
            onlyif=_conditions("onlyif", guards.get("onlyif")),
            unless=_conditions("unless", guards.get("unless")),
            creates=() if creates is None else read_texts(creates),
            cwd=_optional(args.get("cwd")),
            env=None if args.get("env") is None else read_environment(args["env"]),
            user=_optional(args.get("runas")),
        )
    except ValueError as error:
        raise ParameterError(f"guards: {error}") from error


def _conditions(guard: str, value: object) -> tuple[str | bool, ...] | None:
    if value is None:
        return None
    conditions = value if isinstance(value, list | tuple) else [value]
    for each in conditions:
        if isinstance(each, Mapping):
            raise ParameterError(
                f"{guard}: function conditions such as {each.get('fun', each)!r} are not carried"
                " out by this version",
                hint="write a shell command that succeeds or fails",
            )
        if not isinstance(each, str | bool):
            raise ParameterError(
                f"{guard}: {each!r} is neither a command nor true or false",
                hint="write a shell command that succeeds or fails",
            )
    return tuple(conditions)


def _optional(value: object) -> str | None:
    return None if value is None else read_text(value)
