"""``sys.…``: what this peel can be asked to do."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

from zester.errors import StateError
from zester_peel.engine.suggestion import suggest
from zester_peel.modules.calling.binding import describe
from zester_peel.modules.calling.call import Call, ExecutionFunction
from zester_peel.modules.calling.registry import ALIASES, find, names


async def list_functions(call: Call, *families: str) -> list[str]:
    """Answer every execution function, or those of some families."""
    return [name for name in names() if not families or name.partition(".")[0] in _named(families)]


async def list_modules(call: Call) -> list[str]:
    """Answer the families of execution functions."""
    return sorted({name.partition(".")[0] for name in names()})


async def list_state_functions(call: Call, *families: str) -> list[str]:
    """Answer every state function, or those of some families."""
    from zester_peel.states.registry import REGISTRY  # late: it is asked for seldom

    return sorted(name for name in REGISTRY if not families or name.partition(".")[0] in families)


async def doc(call: Call, *wanted: str) -> dict[str, str]:
    """Answer what functions do and which parameters they take; of all of them one line each."""
    if not wanted:
        return {name: _summary(name) for name in names()}
    found: dict[str, str] = {}
    for each in wanted:
        matching = [name for name in names() if name in _spelled(each)]
        matching += [name for name in names() if name.partition(".")[0] in _named((each,))]
        if not matching:
            raise StateError(f"there is no execution function {each!r}{suggest(each, names())}")
        found.update({name: _whole(name) for name in matching})
    return found


async def argspec(call: Call, function: str) -> dict[str, Any]:
    """Answer the parameters of a function with their defaults."""
    signature = inspect.signature(find(function))
    parameters = list(signature.parameters.values())[1:]
    return {
        parameter.name: None if parameter.default is parameter.empty else parameter.default
        for parameter in parameters
    }


def _named(families: tuple[str, ...]) -> set[str]:
    return {ALIASES.get(family, family) for family in families}


def _spelled(name: str) -> set[str]:
    family, _, verb = name.partition(".")
    return {name, f"{ALIASES.get(family, family)}.{verb}"}


def _summary(name: str) -> str:
    return documentation(find(name)).partition("\n")[0]


def _whole(name: str) -> str:
    function = find(name)
    return f"{name}{describe(function)}\n\n{documentation(function)}".rstrip()


def documentation(function: ExecutionFunction) -> str:
    """Return what a function says of itself; the agent runs without it, its files have it."""
    told = inspect.getdoc(function)
    if told:
        return told
    import ast  # late: only who asks for documentation needs it

    code = inspect.unwrap(function).__code__
    try:
        module = ast.parse(Path(code.co_filename).read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError):
        return ""
    for node in module.body:
        if isinstance(node, ast.AsyncFunctionDef) and node.name == code.co_name:
            return ast.get_docstring(node) or ""
    return ""
