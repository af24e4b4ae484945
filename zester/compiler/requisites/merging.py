"""Adding arguments to a call that has some: ``extend``, ``use`` and the ``_in`` forms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from zester.compiler.high.declaration import Call
from zester.compiler.requisites.spelling import LISTS
from zester.targeting.value import Value

_GROWING = LISTS | {"onfail_stop"}


def add_arguments(call: Call, args: Iterable[Mapping[str, Value]]) -> None:
    """Append requisites, replace other arguments, add what is not there yet.

    A ``name`` takes the place of ``names`` as well.
    """
    for arg in args:
        key = next(iter(arg))
        places = call.places(key)
        for place in places:
            own = call.args[place]
            if key in _GROWING:
                call.args[place] = {**own, key: [*as_list(own[key]), *as_list(arg[key])]}
            else:
                call.args[place] = dict(arg)
        if key == "name":
            for place in call.places("names"):
                call.args[place] = dict(arg)
        if not places:
            call.args.append(dict(arg))


def as_list(value: Value) -> list[Value]:
    """Return a list as it is, None as an empty one, anything else as its only item."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
