"""What a template gets for a name that does not exist."""

from __future__ import annotations

from collections.abc import Mapping

from jinja2 import ChainableUndefined, StrictUndefined
from jinja2.utils import missing, object_type_repr

from zester.targeting.value import Value
from zester.templating.accessor import SaltAccessor, SaltModule


class TemplateUndefined(StrictUndefined):
    """An error as soon as it is printed, looped over, tested or looked into."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        obj, name = self._undefined_obj, self._undefined_name
        if self._undefined_hint:
            return self._undefined_hint
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


class LenientUndefined(ChainableUndefined):
    """Empty text, empty list, false, and the same again for all that is asked of it."""

    __slots__ = ()

    def __call__(self, *args: Value, **kwargs: Value) -> LenientUndefined:  # type: ignore[override]  # the parent refuses
        return self

    def _same(self, other: Value = None) -> LenientUndefined:
        return self

    def _false(self, other: Value) -> bool:
        return False

    def _zero(self) -> int:
        return 0

    def _nought(self) -> float:
        return 0.0

    __int__ = __len__ = _zero  # type: ignore[assignment]  # the parent refuses
    __float__ = _nought  # type: ignore[assignment]  # the parent refuses
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _same  # type: ignore[assignment]  # the parent refuses
    __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = _same  # type: ignore[assignment]  # the parent refuses
    __mod__ = __rmod__ = __pow__ = __rpow__ = __neg__ = __pos__ = _same  # type: ignore[assignment]  # the parent refuses
    __lt__ = __le__ = __gt__ = __ge__ = __contains__ = _false  # type: ignore[assignment]  # the parent refuses
