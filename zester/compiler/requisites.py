"""Requisites: their spellings, and ``_in`` forms turned round."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from zester.compiler.declaration import Call, Declaration
from zester.compiler.lowstate import REQUISITES
from zester.errors import CompileError
from zester.targeting.value import Value

if TYPE_CHECKING:
    from zester.compiler.high_state import HighState

Target = tuple[str, str]

IN_FORMS: Mapping[str, str] = {f"{kind}_in": kind for kind in REQUISITES}
REQUISITE_KEYS = frozenset((*REQUISITES, *IN_FORMS))
UNSUPPORTED = frozenset(
    (
        *(f"{kind}_any" for kind in REQUISITES),
        *("onfail_all", "listen", "listen_in", "prereq", "prereq_in", "use", "use_in"),
    )
)
"""Requisites of Salt that the engine does not know: refused rather than ignored."""

_STRING = re.compile(r"([A-Za-z_]\w*)\.[A-Za-z_]\w*:(.+)", re.DOTALL)


def as_list(value: Value) -> list[Value]:
    """Return a list as it is, None as an empty one, anything else as its only item."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def targets(call: Call, kind: str, value: Value, ids: Collection[str]) -> tuple[Target, ...]:
    """Return what a requisite points at; raises CompileError."""
    if not isinstance(value, list):
        raise CompileError(
            f"{kind!r} of {call.state}.{call.fun} must be a list",
            at=call.at,
            hint=f"write '- {kind}:' and below it '- state: id'",
        )
    result: list[Target] = []
    for item in value:
        if isinstance(item, str):
            result.append(_from_text(item, ids))
        elif isinstance(item, Mapping) and item:
            result.extend(_from_pair(call, kind, key, target) for key, target in item.items())
        else:
            raise _malformed(call, kind, item)
    return tuple(result)


def _from_text(text: str, ids: Collection[str]) -> Target:
    match = None if text in ids else _STRING.fullmatch(text)
    return ("", text) if match is None else (match[1], match[2])


def _from_pair(call: Call, kind: str, key: Value, target: Value) -> Target:
    if not isinstance(key, str) or target is None or isinstance(target, list | Mapping):
        raise _malformed(call, kind, {key: target})
    module = key.partition(".")[0]
    return ("" if module == "id" else module, str(target))


def _malformed(call: Call, kind: str, item: Value) -> CompileError:
    return CompileError(
        f"{item!r} in {kind!r} of {call.state}.{call.fun} is no requisite",
        at=call.at,
        hint="write '- state: id', '- sls: file' or '- id'",
    )


def turn_round(high: HighState) -> None:
    """Give the targets of every ``_in`` form the forward requisite; raises CompileError."""
    added: list[tuple[Call, str, Target]] = []
    for declaration in high.declared.values():
        for call in declaration.calls.values():
            for key, value in call.args:
                kind = IN_FORMS.get(key)
                if kind is None:
                    continue
                items = [value] if isinstance(value, Mapping) else value
                for target in targets(call, key, items, high.declared):
                    for required in _resolve(high, call, key, target):
                        added.append((required, kind, (call.state, declaration.id)))
    for call, kind, (module, id_) in added:
        call.args.append((kind, [{module: id_}]))


def _resolve(high: HighState, call: Call, key: str, target: Target) -> list[Call]:
    module, name = target
    if module == "sls":
        found = [item for item in high.declared.values() if item.sls == name]
        calls = [_first(item) for item in found if item.calls]
    elif module:
        found = high.named(module, name)
        calls = [item.calls[module] for item in found if module in item.calls]
    else:
        found = high.named_anywhere(name)
        calls = [_first(item) for item in found if item.calls]
    if not calls:
        raise high.missing(f"{module}: {name}" if module else name, name, key, call)
    return calls


def _first(declaration: Declaration) -> Call:
    return next(iter(declaration.calls.values()))
