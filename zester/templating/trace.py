"""What a rendering asked of the node: facts, settings, functions of the machine, the clock."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from dataclasses import field, replace

from zester.dataclass import dataclass
from zester.targeting.value import Value
from zester.templating.merging import plain_copy
from zester.templating.providers import BASKET, Function, Providers, RunPython


@dataclass(slots=True)
class Touched:
    """The topmost keys of a mapping that were asked for; ``whole`` once all of it was."""

    keys: set[str] = field(default_factory=set)
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a function that looks beyond the tree, and what it answered."""

    name: str
    args: tuple[Value, ...]
    kwargs: Mapping[str, Value]
    result: Value


@dataclass(slots=True)
class Trace:
    """Filled while templates are rendered.

    ``volatile``: something was asked that answers differently each time (the clock, chance), or in
    a way that cannot be asked again.
    """

    facts: Touched = field(default_factory=Touched)
    settings: Touched = field(default_factory=Touched)
    calls: list[Call] = field(default_factory=list)
    volatile: bool = False

    def volatile_call(self, function: Function) -> Function:
        """Return a function whose answer does not last."""

        def call(*args: Value, **kwargs: Value) -> Value:
            self.volatile = True
            return function(*args, **kwargs)

        return call

    def mark_volatile(self) -> None:
        """Note that the answer would be another one next time."""
        self.volatile = True

    def watched(self, providers: Providers) -> Providers:
        """Return the same providers, each call of whose functions is noted."""
        basket, python = providers.basket, providers.python
        return replace(
            providers,
            execution=self._functions(providers.execution),
            machine=self._functions(providers.machine),
            basket=None if basket is None else self.traced(BASKET, basket),
            python=None if python is None else self._python(python),
        )

    def _functions(self, functions: Mapping[str, Function] | None) -> Mapping[str, Function] | None:
        return None if functions is None else _TracedFunctions(functions, self)

    def _python(self, python: RunPython) -> RunPython:
        def run(text: str, path: str, names: Mapping[str, Value]) -> Value:
            self.volatile = True  # it may look anywhere
            return python(text, path, names)

        return run

    def traced(self, name: str, function: Function) -> Function:
        """Return a function that also notes each of its calls."""

        def call(*args: Value, **kwargs: Value) -> Value:
            asked = plain_copy(list(args)), plain_copy(kwargs)
            answered = False
            try:
                result = function(*args, **kwargs)
                answered = True
            finally:
                self.volatile |= not answered
            self.calls.append(Call(name, tuple(asked[0]), asked[1], plain_copy(result)))
            return result

        return call


class _TracedFunctions(Mapping[str, Function]):
    """Functions by name, wrapped when they are asked for."""

    def __init__(self, functions: Mapping[str, Function], trace: Trace) -> None:
        self._functions = functions
        self._trace = trace

    def __getitem__(self, name: str) -> Function:
        return self._trace.traced(name, self._functions[name])

    def __contains__(self, name: object) -> bool:
        return name in self._functions

    def __iter__(self) -> Iterator[str]:
        return iter(self._functions)

    def __len__(self) -> int:
        return len(self._functions)


_item = dict[str, Value].__getitem__


class TracedMapping(dict[str, Value]):
    """A private copy of a mapping, made key by key, that notes which keys were asked for.

    Templates may change it, as in Salt: the original stays as it is. It has the methods of a dict
    and no others: in a template ``settings.source`` is a key.
    """

    __slots__ = ("_fresh", "_source", "_touched")

    def __init__(self, source: Mapping[str, Value], touched: Touched) -> None:
        super().__init__(source)
        self._source = source
        self._touched = touched
        self._fresh = set(source)
        """Keys whose value is still the original's."""

    def _ask(self, key: object) -> None:
        if isinstance(key, str):
            self._touched.keys.add(key)
            if key in self._fresh:
                self._fresh.discard(key)
                super().__setitem__(key, plain_copy(super().__getitem__(key)))

    def _ask_all(self) -> None:
        self._touched.whole = True
        for key in self._fresh:
            super().__setitem__(key, plain_copy(super().__getitem__(key)))
        self._fresh.clear()

    def __getitem__(self, key: str) -> Value:
        if key in self._fresh or key not in self._touched.keys:
            self._ask(key)
        return _item(self, key)

    def get(self, key: str, default: Value = None) -> Value:
        self._ask(key)
        return super().get(key, default)

    def __contains__(self, key: object) -> bool:
        self._ask(key)
        return super().__contains__(key)

    def setdefault(self, key: str, default: Value = None) -> Value:
        self._ask(key)
        return super().setdefault(key, default)

    def pop(self, key: str, *default: Value) -> Value:
        self._ask(key)
        return super().pop(key, *default)

    def popitem(self) -> tuple[str, Value]:
        self._ask_all()
        return super().popitem()

    def __setitem__(self, key: str, value: Value) -> None:
        self._fresh.discard(key)
        super().__setitem__(key, value)

    def __delitem__(self, key: str) -> None:
        self._ask(key)
        super().__delitem__(key)

    def update(self, *args: Value, **kwargs: Value) -> None:
        changes = dict(*args, **kwargs)
        self._fresh.difference_update(changes)
        super().update(changes)

    def clear(self) -> None:
        self._fresh.clear()
        super().clear()

    def __iter__(self) -> Iterator[str]:
        self._ask_all()
        return super().__iter__()

    def __reversed__(self) -> Iterator[str]:
        self._ask_all()
        return super().__reversed__()

    def __len__(self) -> int:
        self._touched.whole = True
        return super().__len__()

    def __bool__(self) -> bool:
        self._touched.whole = True
        return super().__len__() > 0

    def keys(self) -> KeysView[str]:  # type: ignore[override]  # of a dict, as its parent's
        self._ask_all()
        return super().keys()

    def values(self) -> ValuesView[Value]:  # type: ignore[override]  # of a dict, as its parent's
        self._ask_all()
        return super().values()

    def items(self) -> ItemsView[str, Value]:  # type: ignore[override]  # of a dict, as its parent's
        self._ask_all()
        return super().items()

    def copy(self) -> dict[str, Value]:
        self._ask_all()
        return dict(super().items())

    def __eq__(self, other: object) -> bool:
        self._ask_all()
        return super().__eq__(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None  # as any dict

    def __or__(self, other: Value) -> dict[str, Value]:  # type: ignore[override]
        return self.copy() | dict(other)

    def __ror__(self, other: Value) -> dict[str, Value]:  # type: ignore[override]
        return dict(other) | self.copy()

    def __ior__(self, other: Value) -> TracedMapping:  # type: ignore[override]
        self.update(other)
        return self

    def __repr__(self) -> str:
        self._ask_all()
        return super().__repr__()

    def __reduce_ex__(self, protocol: object) -> tuple[type, tuple[dict[str, Value]]]:
        return dict, (self.copy(),)


def traced(mapping: Mapping[str, Value], touched: Touched) -> TracedMapping:
    """Return a private copy that notes what it is asked; a TracedMapping lends its original."""
    source = mapping._source if isinstance(mapping, TracedMapping) else mapping
    return TracedMapping(source, touched)
