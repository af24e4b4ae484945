"""Functions of the reference system that Salt does not have by these names."""

from __future__ import annotations

from collections.abc import Iterable

from zester.errors import RenderError
from zester.targeting.value import Value
from zester.templating.functions.mutable_list import MutableList
from zester.templating.functions.registry import UNAVAILABLE
from zester.templating.scope import Scope


def user_info(scope: Scope, name: str) -> Value:
    """Return a user's account, an empty mapping for an unknown user; raises RenderError."""
    return _ask(scope, "user.info", name)


def cmd_has_exec(scope: Scope, name: str) -> Value:
    """Return whether a command is on the search path; raises RenderError."""
    return _ask(scope, "cmd.has_exec", name)


def mlist(scope: Scope, *items: Value) -> MutableList:
    return MutableList(items)


def _ask(scope: Scope, function: str, *args: Iterable[Value]) -> Value:
    for functions in (scope.providers.execution, scope.providers.machine):
        if functions is not None and function in functions:
            return functions[function](*args)
    raise RenderError(f"{function!r}: {UNAVAILABLE}")
