"""``_in`` forms turned round, and ``use``: what one call gives to others before it is compiled."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from dataclasses import field

from zester.compiler.high.declaration import Call, Declaration
from zester.compiler.requisites.call_index import CallIndex
from zester.compiler.requisites.merging import add_arguments
from zester.compiler.requisites.spelling import entry
from zester.dataclass import dataclass
from zester.errors import CompileError
from zester.targeting.value import Value

IN_FORMS: Mapping[str, str] = {
    f"{kind}_in": kind for kind in ("require", "watch", "onchanges", "onfail", "prereq", "listen")
}
"""Requisites written at their target; ``listen_in`` is turned when there are chunks."""

TURNED = frozenset((*IN_FORMS, "use", "use_in")) - {"listen_in"}

_NOT_USED = TURNED | {
    *("require", "watch", "prereq", "onfail", "onfail_stop", "onchanges", "name", "names")
}
"""Arguments that ``use`` does not copy."""


@dataclass(slots=True)
class _Gift:
    """What one id gets, by state module; the giver who came first is blamed for a wrong id."""

    call: Call
    key: str
    sls: str
    calls: dict[str, list[dict[str, Value]]] = field(default_factory=dict)


class _Turning:
    """One pass over all declarations; gifts are handed out when all are known."""

    def __init__(self, declared: Mapping[str, Declaration]) -> None:
        self._declared = declared
        self._index = CallIndex(declared)
        self._gifts: dict[str, _Gift] = {}

    def collect(self, giver: Declaration, call: Call) -> None:
        for arg in tuple(call.args):
            key, items = next(iter(arg.items()))
            if key not in TURNED:
                continue
            if isinstance(items, Mapping):
                for module, name in items.items():
                    if isinstance(name, Hashable):
                        self._require(giver, call, key, (str(name), _module(module)))
            elif isinstance(items, list):
                self._collect_list(giver, call, key, items)

    def _collect_list(self, giver: Declaration, call: Call, key: str, items: list[Value]) -> None:
        # Salt looks at the targets of the items before again with every item, and so repeats them.
        targets: list[tuple[str, str]] = []
        for item in items:
            pair = self._pair(item)
            if pair is None:
                continue
            module, name = pair
            if module == "sls":
                targets = [
                    (declaration.id, state)
                    for declaration in self._declared.values()
                    if declaration.sls == name
                    for state in declaration.calls
                ]
            else:
                targets.append((name, module))
            for target in targets:
                if key == "use_in":
                    self._use_in(giver, call, target)
                elif key == "use":
                    self._use(giver, call, target)
                else:
                    self._require(giver, call, key, target)

    def _pair(self, item: Value) -> tuple[str, str] | None:
        """Return module and name of one item, None for what Salt passes over."""
        pairs = entry(item, self._declared)
        if not pairs:
            return None
        module, name = pairs[0]
        if name is None:
            return None
        if module:
            return module, str(name)
        declaration = self._declared.get(str(name))
        if declaration is not None and declaration.calls:
            return next(iter(declaration.calls)), declaration.id
        return self._index.named(str(name))

    def _require(self, giver: Declaration, call: Call, key: str, target: tuple[str, str]) -> None:
        kind = key.partition("_")[0]
        args = self._args(giver, call, key, target)
        requisite: dict[Value, Value] = {call.state: giver.id}
        for arg in args:
            if kind in arg:
                arg[kind].append(requisite)
                return
        args.append({kind: [requisite]})

    def _args(
        self, giver: Declaration, call: Call, key: str, target: tuple[str, str]
    ) -> list[dict[str, Value]]:
        name, module = target
        gift = self._gifts.setdefault(name, _Gift(call, key, giver.sls))
        gift.sls = giver.sls
        return gift.calls.setdefault(module, [])

    def _use_in(self, giver: Declaration, call: Call, target: tuple[str, str]) -> None:
        name, module = target
        for id_ in self._index.find(module, name):
            user = self._declared[id_].calls[module]
            self._args(giver, call, "use_in", (id_, module)).extend(_used(call, user))

    def _use(self, giver: Declaration, call: Call, target: tuple[str, str]) -> None:
        name, module = target
        for id_ in self._index.find(module, name):
            used = self._declared[id_].calls[module]
            self._args(giver, call, "use", (giver.id, call.state)).extend(_used(used, call))

    def hand_out(self, excluded: Collection[str]) -> None:
        for name, gift in self._gifts.items():
            if gift.sls in excluded:
                continue
            for id_ in self._receivers(name, gift):
                calls = self._declared[id_].calls
                for module, args in gift.calls.items():
                    if module in calls:
                        add_arguments(calls[module], args)

    def _receivers(self, name: str, gift: _Gift) -> list[str]:
        module = next(iter(gift.calls))
        found = self._index.find(module, name)
        if len(found) == 1 or (found and any(char in name for char in "*?[")):
            return found
        written = f"{module}: {name}"
        if found:
            places = ", ".join(f"{id_!r} at {self._declared[id_].at}" for id_ in found)
            raise CompileError(
                f"{gift.key!r} of {gift.call.function} names {written!r}, which is {places}",
                at=gift.call.at,
                hint="name the target by its id",
            )
        from difflib import get_close_matches  # late: only mistakes need it

        near = get_close_matches(name, list(self._declared), n=1)
        if near == [name]:
            hint = f"{name!r} has {', '.join(self._declared[name].calls)}"
        else:
            hint = f"did you mean {near[0]!r}?" if near else "is an include missing?"
        raise CompileError(
            f"{gift.key!r} of {gift.call.function} names {written!r}, which nothing declares",
            at=gift.call.at,
            hint=hint,
        )


def turn_round(declared: Mapping[str, Declaration], excluded: Collection[str]) -> None:
    """Give every ``_in`` target its requisite and every ``use`` its arguments.

    ``excluded`` names state files whose gifts do not count. Raises CompileError.
    """
    turning = _Turning(declared)
    for declaration in declared.values():
        for call in declaration.calls.values():
            turning.collect(declaration, call)
    turning.hand_out(excluded)


def _module(key: Value) -> str:
    return str(key).partition(".")[0]


def _used(used: Call, user: Call) -> list[dict[str, Value]]:
    """Return the arguments that a call takes over from another."""
    own = {next(iter(arg)) for arg in user.args if len(arg) == 1}
    return [
        dict(arg)
        for arg in used.args
        if len(arg) == 1 and (key := next(iter(arg))) not in _NOT_USED and key not in own
    ]
