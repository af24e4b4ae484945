"""Dataclasses that cost little to declare.

The standard library compiles up to six functions for each class while it is imported, whether they
are called or not: a fifth of what a short command takes. Here all classes share what they can, and
``__init__`` is compiled when the first instance is made. To type checkers it is the standard one.
"""

from __future__ import annotations

import dataclasses
import reprlib
from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

T = TypeVar("T")
Field = dataclasses.Field[Any]


def declare(
    cls: type[T] | None = None, /, *, eq: bool = True, frozen: bool = False, slots: bool = False
) -> type[T] | Callable[[type[T]], type[T]]:
    """Turn a class into a dataclass; parameters mean what they mean in the standard library."""
    if cls is None:
        return lambda cls: _declared(cls, eq, frozen, slots)
    return _declared(cls, eq, frozen, slots)


if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    dataclass = declare


def _declared(cls: type[T], eq: bool, frozen: bool, slots: bool) -> type[T]:
    own = dict(vars(cls))
    if cls.__doc__ is None:
        cls.__doc__ = cls.__name__  # else it is made of a signature, and that takes long
    made = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots)(cls)
    fields = dataclasses.fields(made)  # type: ignore[arg-type]  # it has just become one
    methods: dict[str, Any] = {"__init__": _late_init(made, fields, frozen), "__repr__": _repr}
    if eq:
        methods["__eq__"] = _equal(fields)
        if own.get("__hash__") is None and ("__hash__" not in own or "__eq__" in own):
            own.pop("__hash__", None)  # put there by Python, beside an __eq__
            methods["__hash__"] = _hash(fields) if frozen else None
    if frozen:
        _freeze(made, fields)
        if slots:
            methods |= {"__getstate__": _state, "__setstate__": _restore}
    for name, method in methods.items():
        if name not in own:
            setattr(made, name, method)
    return made


def _late_init(owner: type, fields: tuple[Field, ...], frozen: bool) -> Callable[..., None]:
    def __init__(self: object, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - any field
        init = _init(owner, fields, frozen)
        owner.__init__ = init  # type: ignore[misc]  # that is the point
        init(self, *args, **kwargs)

    return __init__


def _init(owner: type, fields: tuple[Field, ...], frozen: bool) -> Callable[..., None]:
    """Compile ``__init__`` for these fields."""
    names: dict[str, Any] = {"_set": object.__setattr__, "_missing": dataclasses.MISSING}
    parameters, body = ["self"], []
    for place, field in enumerate(fields):
        name, factory, default = field.name, f"_make_{place}", f"_default_{place}"
        made = field.default_factory is not dataclasses.MISSING
        given = field.default is not dataclasses.MISSING
        names |= {factory: field.default_factory, default: field.default}
        if field.init:
            value = f"{factory}() if {name} is _missing else {name}" if made else name
            parameters.append(name + ("=_missing" if made else f"={default}" if given else ""))
        elif made or given:
            value = f"{factory}()" if made else default
        else:
            continue
        body.append(f"_set(self, {name!r}, {value})" if frozen else f"self.{name} = {value}")
    if hasattr(owner, "__post_init__"):
        body.append("self.__post_init__()")
    lines = "\n ".join(body or ["pass"])
    exec(f"def __init__({', '.join(parameters)}):\n {lines}", names)  # noqa: S102 - names of fields
    init: Callable[..., None] = names["__init__"]
    init.__qualname__ = f"{owner.__qualname__}.__init__"
    init.__module__ = owner.__module__
    return init


def _equal(fields: tuple[Field, ...]) -> Callable[[object, object], bool]:
    values = _values([field.name for field in fields if field.compare])

    def __eq__(self: object, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return values(self) == values(other)

    return __eq__


def _hash(fields: tuple[Field, ...]) -> Callable[[object], int]:
    chosen = (each for each in fields if (each.compare if each.hash is None else each.hash))
    values = _values([each.name for each in chosen])

    def __hash__(self: object) -> int:
        return hash(values(self))

    return __hash__


def _values(names: list[str]) -> Callable[[object], tuple[Any, ...]]:
    """Return what reads these attributes all at once."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda of: tuple(getattr(of, name) for name in names)


def _freeze(owner: type, fields: tuple[Field, ...]) -> None:
    names = frozenset(field.name for field in fields)

    def __setattr__(self: object, name: str, value: object) -> None:
        if type(self) is owner or name in names:
            raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")
        super(owner, self).__setattr__(name, value)  # type: ignore[arg-type]  # owner is a class

    def __delattr__(self: object, name: str) -> None:
        if type(self) is owner or name in names:
            raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
        super(owner, self).__delattr__(name)  # type: ignore[arg-type]  # owner is a class

    owner.__setattr__, owner.__delattr__ = __setattr__, __delattr__  # type: ignore[method-assign,assignment]  # as above


@reprlib.recursive_repr()
def _repr(self: Any) -> str:  # noqa: ANN401 - any dataclass
    shown = (f"{each.name}={getattr(self, each.name)!r}" for each in _fields(self) if each.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _state(self: Any) -> list[Any]:  # noqa: ANN401 - as above
    return [getattr(self, field.name) for field in _fields(self)]


def _restore(self: Any, state: list[Any]) -> None:  # noqa: ANN401 - as above
    for field, value in zip(_fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)


def _fields(value: Any) -> tuple[Field, ...]:  # noqa: ANN401 - as above
    return dataclasses.fields(value)
