"""What a template gets for a name that does not exist."""

from __future__ import annotations

from collections.abc import Mapping

from jinja2 import ChainableUndefined, StrictUndefined, Undefined
from jinja2.utils import missing, object_type_repr

from zester.targeting.value import Value
from zester.templating.accessor import SaltAccessor, SaltModule


class TemplateUndefined(StrictUndefined):
    """An error as soon as it is printed, looped over, tested or looked into."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        return _message(self)


class LenientUndefined(ChainableUndefined):
    """Empty text, an empty list and false; so is everything looked up in it. Not callable."""

    __slots__ = ()
    __hash__ = Undefined.__hash__

    @property
    def _undefined_message(self) -> str:
        return _message(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Undefined) or other is None or other == ""

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __contains__(self, item: object) -> bool:
        return False

    def __add__(self, other: Value) -> Value:
        return other

    def __radd__(self, other: Value) -> Value:
        return other


def _message(undefined: Undefined) -> str:
    obj, name = undefined._undefined_obj, undefined._undefined_name
    if undefined._undefined_hint:
        return undefined._undefined_hint
    if isinstance(obj, SaltAccessor | SaltModule):
        return obj.unknown(str(name))
    if obj is missing:
        return f"{name!r} is undefined"
    if isinstance(obj, Mapping):
        return f"the mapping has no key {name!r}"
    kind = object_type_repr(obj)
    if not isinstance(name, str):
        return f"{kind} has no element {name!r}"
    return f"{kind} has no attribute {name!r}"
