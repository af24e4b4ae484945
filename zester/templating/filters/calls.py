"""Filters that call something: a method, or what looks at the machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from jinja2 import Undefined, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment

from zester.errors import RenderError
from zester.targeting.value import Value


@pass_context
def method_call(context: Context, owner: Value, name: str, *args: Value, **kwargs: Value) -> Value:
    """Call a method by its name; None when there is no such method."""
    environment = cast(SandboxedEnvironment, context.environment)
    method = environment.getattr(owner, name)
    if isinstance(method, Undefined):
        if hasattr(owner, name):
            str(method)  # there is one, but it is out of reach: that is an error
        return None
    return environment.call(context, method, *args, **kwargs)


def _function(context: Context, filter_name: str, function: str) -> Callable[..., Value]:
    functions = context.resolve("salt")
    if not isinstance(functions, Mapping) or function not in functions:
        raise RenderError(
            f"the filter {filter_name!r} is not available here",
            hint=f"it needs {function!r}, which only a peel has",
        )
    found: Callable[..., Value] = functions[function]
    return found


@pass_context
def which(context: Context, name: str | None = None) -> Value:
    """Return the path of an executable, None when there is none."""
    return _function(context, "which", "cmd.which")(name) if name else None


@pass_context
def get_uid(context: Context, name: str) -> Value:
    """Return a user's number, None when there is no such user."""
    user = _function(context, "get_uid", "user.info")(name)
    return user.get("uid") if isinstance(user, Mapping) else None


@pass_context
def file_hashsum(context: Context, path: str, form: str = "sha256") -> Value:
    return _function(context, "file_hashsum", "file.get_hash")(path, form)


@pass_context
def http_query(context: Context, url: str, *args: Value, **kwargs: Value) -> Value:
    return _function(context, "http_query", "http.query")(url, *args, **kwargs)


def out_of_reach(name: str, hint: str) -> Callable[..., Value]:
    """Return a filter that says it does not exist here, and what to use instead."""

    def refuse(*args: Value, **kwargs: Value) -> Value:
        raise RenderError(f"the filter {name!r} is not available: it looks outside", hint=hint)

    return refuse
