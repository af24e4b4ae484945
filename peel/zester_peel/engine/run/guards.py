"""Conditions under which a state does not run: ``onlyif``, ``unless``, ``creates``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from zester.dataclass import dataclass
from zester.errors import ParameterError, StateError
from zester.targeting.paths import lookup
from zester_peel.engine.fields import read_texts
from zester_peel.engine.run.shell import Shell
from zester_peel.engine.suggestion import suggest
from zester_peel.host.protocol import HostReader

Functions = Mapping[str, Callable[..., Any]]
"""Execution functions that only look, by name: ``file.file_exists``."""


@dataclass(frozen=True, slots=True)
class Unmet:
    """The guard that says no."""

    guard: str
    comment: str


@dataclass(frozen=True, slots=True)
class Call:
    """A condition that asks an execution function; ``part`` is what of its answer counts."""

    name: str
    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    part: str | None

    def holds(self) -> bool:
        """Ask; raises StateError when the function cannot answer."""
        try:
            found = self.function(*self.args, **self.kwargs)
        except (TypeError, ValueError, LookupError, OSError) as error:
            raise StateError(f"condition {self.name}: {error}") from error
        return bool(found if self.part is None else lookup(found, self.part, None))


Condition = str | bool | Call


@dataclass(frozen=True, slots=True)
class Guards:
    """One state's guards; a text is a command for ``shell``, a bool its own answer.

    The state runs when every ``onlyif`` is true, some ``unless`` is false and some ``creates``
    path is missing.
    """

    shell: Shell
    onlyif: tuple[Condition, ...] = ()
    unless: tuple[Condition, ...] = ()
    creates: tuple[str, ...] = ()

    async def unmet(self, host: HostReader) -> Unmet | None:
        """Ask the machine; raises HostError, CommandTimeout and StateError."""
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
            return Unmet("creates", "All files in creates exist")
        return None

    async def _holds(self, host: HostReader, condition: Condition) -> bool:
        if isinstance(condition, bool):
            return condition
        if isinstance(condition, Call):
            return condition.holds()
        return await self.shell.succeeds(host, condition)


def read_guards(guards: Mapping[str, Any], shell: Shell, functions: Functions) -> Guards | None:
    """Read guards as written, None when there are none; raises ParameterError."""
    if not any(guards.get(name) is not None for name in ("onlyif", "unless", "creates")):
        return None
    try:
        creates = guards.get("creates")
        return Guards(
            shell=shell,
            onlyif=_conditions("onlyif", guards.get("onlyif"), functions),
            unless=_conditions("unless", guards.get("unless"), functions),
            creates=() if creates is None else read_texts(creates),
        )
    except ValueError as error:
        raise ParameterError(f"guards: {error}") from error


def _conditions(guard: str, value: object, functions: Functions) -> tuple[Condition, ...]:
    if value is None:
        return ()
    return tuple(
        _condition(guard, each, functions)
        for each in (value if isinstance(value, list | tuple) else [value])
    )


def _condition(guard: str, value: object, functions: Functions) -> Condition:
    if isinstance(value, Mapping):
        return _call(guard, value, functions)
    if not isinstance(value, str | bool):
        raise ParameterError(
            f"{guard}: {value!r} is neither a command nor true or false",
            hint="write a shell command that succeeds or fails",
        )
    return value


def _call(guard: str, value: Mapping[Any, Any], functions: Functions) -> Call:
    given = {str(key): each for key, each in value.items()}
    name = given.pop("fun", None)
    if not isinstance(name, str):
        raise ParameterError(
            f"{guard}: a map without 'fun' names no function", hint="write fun: module.function"
        )
    function = functions.get(name)
    if function is None:
        raise ParameterError(
            f"{guard}: there is no execution function {name!r} to ask{suggest(name, functions)}",
            hint="write a shell command that succeeds or fails",
        )
    args = given.pop("args", ())
    part = given.pop("get_return", None)
    return Call(
        name=name,
        function=function,
        args=tuple(args) if isinstance(args, list | tuple) else (args,),
        kwargs=given,
        part=None if part is None else str(part),
    )
