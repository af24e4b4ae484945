"""What a template gets for a name that does not exist."""

from __future__ import annotations

from collections.abc import Mapping

from jinja2 import StrictUndefined
from jinja2.utils import missing, object_type_repr

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
