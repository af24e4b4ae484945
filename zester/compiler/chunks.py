"""Declarations → low chunks in Salt's order."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from zester.compiler.declaration import Call, Declaration
from zester.compiler.lowstate import REQUISITES, LowChunk
from zester.compiler.requisites import IN_FORMS, UNSUPPORTED, Target, targets
from zester.errors import CompileError
from zester.targeting.value import Value

GUARDS = ("onlyif", "unless", "creates")
FIRST_ORDER = 10_000
LAST = 1_000_000

_NOT_ARGS = frozenset(("name", "names", "order", "state", "fun", *GUARDS, *REQUISITES, *IN_FORMS))


@dataclass(frozen=True, slots=True)
class _Draft:
    """A call with its arguments merged, before its place in the order is known."""

    declaration: Declaration
    call: Call
    args: Mapping[str, Value]
    requisites: Mapping[str, tuple[Target, ...]]
    defined: int


def low_chunks(declared: Sequence[Declaration], env: str) -> tuple[LowChunk, ...]:
    """Return the chunks sorted by order, then by definition; raises CompileError."""
    ids = {declaration.id for declaration in declared}
    drafts = list(_drafts(declared, ids))
    orders = [_wanted_order(draft) for draft in drafts]
    cap = max((order + 100 for order in orders if isinstance(order, int) and order > 0), default=1)
    keyed: list[tuple[tuple[int, int, str], LowChunk]] = []
    for draft, wanted in zip(drafts, orders, strict=True):
        order = _order(wanted, cap)
        for position, (name, overrides) in enumerate(_names(draft)):
            chunk = _chunk(draft, name, overrides, order, env, ids)
            keyed.append(((order, position, f"{chunk.state}{chunk.name}{chunk.fun}"), chunk))
    keyed.sort(key=lambda item: item[0])
    return tuple(chunk for _, chunk in keyed)


def _drafts(declared: Iterable[Declaration], ids: Collection[str]) -> Iterable[_Draft]:
    defined = FIRST_ORDER
    for declaration in declared:
        for call in declaration.calls.values():
            args, requisites = _split(call, call.args, ids)
            yield _Draft(declaration, call, args, requisites, defined)
            defined += 1


def _split(
    call: Call, pairs: Iterable[tuple[str, Value]], ids: Collection[str]
) -> tuple[dict[str, Value], dict[str, tuple[Target, ...]]]:
    args: dict[str, Value] = {}
    requisites: dict[str, tuple[Target, ...]] = {}
    for key, value in pairs:
        if key in REQUISITES:
            found = (*requisites.get(key, ()), *targets(call, key, value, ids))
            requisites[key] = tuple(dict.fromkeys(found))
        elif key in UNSUPPORTED:
            raise CompileError(
                f"requisite {key!r} is not supported",
                at=call.at,
                hint=f"use one of {', '.join(REQUISITES)}, or their _in forms",
            )
        else:
            args[key] = value
    return args, requisites


def _wanted_order(draft: _Draft) -> int | str:
    order = draft.args.get("order", draft.defined)
    if isinstance(order, bool) or not isinstance(order, int | float | str):
        raise CompileError(f"order {order!r} is no number", at=draft.call.at)
    return order if isinstance(order, str) else int(order)


def _order(wanted: int | str, cap: int) -> int:
    if wanted == "first":
        return 0
    if wanted == "last":
        return cap + LAST
    if isinstance(wanted, str):
        return cap
    return wanted if wanted >= 0 else cap + LAST + wanted


def _names(draft: _Draft) -> list[tuple[str, Mapping[str, Value]]]:
    names = draft.args.get("names")
    if names is None:
        name = draft.args.get("name")
        return [(name if isinstance(name, str) else draft.declaration.id, {})]
    if not isinstance(names, list):
        raise CompileError("names must be a list", at=draft.call.at)
    result: list[tuple[str, Mapping[str, Value]]] = []
    for entry in names:
        if not isinstance(entry, Mapping):
            result.append((str(entry), {}))
            continue
        for name, overrides in entry.items():
            result.append((str(name), _overrides(draft.call, overrides)))
    return result


def _overrides(call: Call, value: Value) -> Mapping[str, Value]:
    items = [value] if isinstance(value, Mapping) else value or []
    if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
        raise CompileError(
            "an entry of names holds a list of arguments",
            at=call.at,
            hint="- /path:\n  - mode: '0644'",
        )
    return {str(key): argument for item in items for key, argument in item.items()}


def _chunk(
    draft: _Draft,
    name: str,
    overrides: Mapping[str, Value],
    order: int,
    env: str,
    ids: Collection[str],
) -> LowChunk:
    more, requisites = _split(draft.call, overrides.items(), ids)
    args = {**draft.args, **more}
    return LowChunk(
        state=draft.call.state,
        fun=draft.call.fun,
        name=name,
        id=draft.declaration.id,
        sls=draft.declaration.sls,
        env=env,
        at=draft.call.at,
        order=order,
        args={key: value for key, value in args.items() if key not in _NOT_ARGS},
        requisites={**draft.requisites, **requisites},
        guards={key: args[key] for key in GUARDS if key in args},
    )
