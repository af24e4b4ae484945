"""What filters do with what is undefined."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from jinja2 import Undefined

from zester.targeting.value import Value


def undefined_passed(function: Callable[..., Value]) -> Callable[..., Value]:
    """Make a filter return what is undefined in its input, so that ``default`` can follow it."""

    @wraps(function)
    def filter_(*args: Value, **kwargs: Value) -> Value:
        missing = _undefined_in(args[int(hasattr(function, "jinja_pass_arg"))], set())
        return function(*args, **kwargs) if missing is None else missing

    return filter_


def _undefined_in(value: Value, seen: set[int]) -> Undefined | None:
    if isinstance(value, Undefined):
        return value
    if not isinstance(value, dict | list | tuple) or id(value) in seen:
        return None
    seen.add(id(value))
    for item in value.values() if isinstance(value, dict) else value:
        missing = _undefined_in(item, seen)
        if missing is not None:
            return missing
    return None
