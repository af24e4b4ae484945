"""Declarations → low chunks in Salt's order."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from zester.compiler.high.asking import Wishes
from zester.compiler.high.declaration import Call, Declaration
from zester.compiler.lowstate import GUARDS, OPTIONS, REQUISITES, LowChunk, Target
from zester.compiler.requisites.index import RequisiteIndex
from zester.compiler.requisites.resolved_order import Place, resolved_order
from zester.compiler.requisites.spelling import targets
from zester.compiler.requisites.turning import IN_FORMS
from zester.dataclass import dataclass
from zester.errors import CompileError
from zester.targeting.value import Value

_WATCHING = frozenset(("cmd", "event", "module", "mount", "pkg", "service", "test"))
"""State modules in which Salt can react to a watch; elsewhere it counts a watch as a require."""

_NOT_ARGS = frozenset(
    (
        *("name", "names", "order", "state", "fun", "prerequired", "use", "use_in"),
        *(*GUARDS, *OPTIONS, *REQUISITES, *IN_FORMS),
    )
)


@dataclass(frozen=True, slots=True)
class _Draft:
    """A chunk before its place is known; ``written`` is Salt's chunk without its head."""

    declaration: Declaration
    call: Call
    name: Value
    nth: int
    written: dict[str, Value]


def low_chunks(
    declared: Iterable[Declaration], files: Collection[str], wishes: Wishes
) -> tuple[LowChunk, ...]:
    """Return the chunks in the order of Salt 3008; ``files`` were rendered. Raises CompileError."""
    declared = list(declared)
    ids = {declaration.id for declaration in declared}
    drafts = [draft for declaration in declared for draft in _drafts(declaration)]
    for draft in drafts if wishes else ():
        if _observed(draft, wishes):
            draft.written["observe"] = True
    empty = _empty(declared, files)
    requisites = [_requisites(draft.written, ids, empty) for draft in drafts]
    places = []
    for draft, wanted in zip(drafts, requisites, strict=True):
        _settle_watch(draft)
        places.append(_place(draft, wanted))
    _turn_listeners(places, drafts, requisites, ids)
    return tuple(
        _chunk(drafts[each], places[each], requisites[each], wishes)
        for each in resolved_order(places)
    )


def _drafts(declaration: Declaration) -> Iterator[_Draft]:
    for call in declaration.calls.values():
        if not call.fun:
            continue
        written: dict[str, Value] = {}
        names: list[Value] = []
        for arg in call.args:
            for key, value in arg.items():
                if key == "names":
                    names.extend(name for name in _listed(call, value) if name not in names)
                elif key != "state":
                    written[key] = value
        name = written.pop("name", None)
        if not isinstance(name, str):
            name = declaration.id
        if not names:
            yield _Draft(declaration, call, name, 0, written)
        for nth, entry in enumerate(names, start=1):
            own, overrides = _named(call, entry)
            own = overrides.pop("name", own)
            yield _Draft(declaration, call, own, nth, {**written, **overrides})


def _observed(draft: _Draft, wishes: Wishes) -> bool:
    """Whether one of the files that say what this is asks only to be looked at."""
    own = (draft.declaration.env, draft.declaration.sls)
    return any("observe" in wishes.get(place, ()) for place in (own, *draft.call.also))


def _listed(call: Call, value: Value) -> list[Value]:
    if not isinstance(value, list):
        raise CompileError("names must be a list", at=call.at)
    return value


def _named(call: Call, entry: Value) -> tuple[Value, dict[str, Value]]:
    """Return the name and the arguments of one entry of ``names``."""
    if not isinstance(entry, Mapping):
        return entry, {}
    name, value = next(iter(entry.items()), (None, None))
    items = [value] if isinstance(value, Mapping) else value or []
    if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
        raise CompileError(
            "an entry of names holds a list of arguments",
            at=call.at,
            hint="- /path:\n  - mode: '0644'",
        )
    overrides = {str(key): argument for item in items for key, argument in item.items()}
    return name, {key: argument for key, argument in overrides.items() if key != "state"}


def _empty(declared: Iterable[Declaration], files: Collection[str]) -> set[str]:
    """Return the state files that were rendered and declare nothing, nor does what they include."""
    filled = {
        sls for declaration in declared for sls in (declaration.sls, *declaration.included_from)
    }
    return set(files) - filled


def _requisites(
    written: Mapping[str, Value], ids: Collection[str], empty: Collection[str]
) -> dict[str, tuple[Target, ...]]:
    """Return what a chunk waits for; a state file without states is no reason to wait."""
    result = {}
    for kind in REQUISITES:
        items = written.get(kind)
        if isinstance(items, list):
            found = targets(items, ids)
            result[kind] = tuple(
                (module, name) for module, name in found if module != "sls" or name not in empty
            )
    return {kind: found for kind, found in result.items() if found}


def _settle_watch(draft: _Draft) -> None:
    if draft.call.state in _WATCHING:
        return
    for watch, require in (("watch", "require"), ("watch_any", "require_any")):
        if isinstance(draft.written.get(watch), list):
            watched = draft.written.pop(watch)
            draft.written[require] = [*draft.written.get(require, ()), *watched]


def _place(draft: _Draft, requisites: Mapping[str, Sequence[Target]]) -> Place:
    call, declaration = draft.call, draft.declaration
    wanted = {kind: list(found) for kind, found in requisites.items()}
    if call.state not in _WATCHING:
        for watch, require in (("watch", "require"), ("watch_any", "require_any")):
            if watch in wanted:
                wanted[require] = [*wanted.get(require, ()), *wanted.pop(watch)]
    return Place(
        state=call.state,
        fun=call.fun,
        id=declaration.id,
        name=str(draft.name),
        sls=declaration.sls,
        included_from=tuple(declaration.included_from),
        order=draft.written.get("order"),
        nth=draft.nth,
        requisites=wanted,
    )


def _turn_listeners(
    places: Sequence[Place],
    drafts: Sequence[_Draft],
    requisites: Sequence[dict[str, tuple[Target, ...]]],
    ids: Collection[str],
) -> None:
    """Give the targets of ``listen_in`` their ``listen``; what is not found stays where it was."""
    index: RequisiteIndex | None = None
    for position, draft in enumerate(drafts):
        items = draft.written.get("listen_in")
        if items is None:
            continue
        index = index or RequisiteIndex(places)
        source = (draft.call.state, draft.declaration.id)
        for module, name in targets(items if isinstance(items, list) else [items], ids):
            found = index.find(module, name, asker=position)
            for listener in found or ():
                known = requisites[listener].get("listen", ())
                if source not in known:
                    requisites[listener]["listen"] = (*known, source)
            if found is None:
                lost = requisites[position].get("listen_in", ())
                requisites[position]["listen_in"] = (*lost, (module, name))


def _chunk(
    draft: _Draft, place: Place, requisites: Mapping[str, tuple[Target, ...]], wishes: Wishes
) -> LowChunk:
    written = draft.written
    asked = wishes.get((draft.declaration.env, draft.declaration.sls), ())
    return LowChunk(
        state=draft.call.state,
        fun=draft.call.fun,
        name=place.name,
        id=place.id,
        sls=place.sls,
        env=draft.declaration.env,
        at=draft.call.at,
        order=place.order,
        args={key: value for key, value in written.items() if key not in _NOT_ARGS},
        requisites=requisites,
        guards={key: written[key] for key in GUARDS if key in written},
        options={key: written[key] for key in OPTIONS if key in written},
        included_from=place.included_from,
        written=written if place.name == draft.name else {**written, "name": draft.name},
        prunes="prune" in asked and "observe" not in asked,
    )
