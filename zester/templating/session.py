"""The variables that every template of a rendering session sees."""

from __future__ import annotations

from collections import OrderedDict
from typing import NoReturn

from jinja2 import pass_context
from jinja2.exceptions import TemplateRuntimeError
from jinja2.runtime import Context

from zester.targeting.node import NodeView
from zester.targeting.value import Value
from zester.templating.accessor import SaltAccessor
from zester.templating.functions.options import salt_options
from zester.templating.functions.registry import Registry
from zester.templating.functions.table import GLOBALS, resolve
from zester.templating.providers import Providers
from zester.templating.scope import Function, Place, Scope
from zester.templating.trace import traced


def session_variables(
    node: NodeView, env: str, providers: Providers, place: Place
) -> dict[str, Value]:
    """Return the globals of Salt and of the reference for one node.

    Facts and settings are copies: what templates do to them stays in the session. As in Salt the
    functions have copies of their own: they do not see changes of ``pillar`` and ``grains``.
    """
    trace = place.files.trace
    facts, asked_facts = traced(node.facts, trace.facts), traced(node.facts, trace.facts)
    settings = traced(node.settings, trace.settings)
    asked_settings = traced(node.settings, trace.settings)
    opts = {**salt_options(node.id, env), "grains": asked_facts, "pillar": asked_settings}
    registry = Registry(providers, trace)
    registry.attach(
        Scope(
            node.id,
            env,
            asked_facts,
            asked_settings,
            opts,
            node,
            place,
            providers,
            registry.call,
        )
    )
    return {
        **{name: registry.bound(_late(target)) for name, target in GLOBALS.items()},
        "facts": facts,
        "grains": facts,
        "settings": settings,
        "pillar": settings,
        "opts": opts,
        "env": env,
        "saltenv": env,
        "id": node.id,
        "minion_id": node.id,
        "proxy": {},
        "salt": SaltAccessor(registry),
        "salt_call": registry.bound(_salt_call),
        "odict": OrderedDict,
        "show_full_context": _show_full_context,
        "raise": _raise,
    }


def _late(target: str) -> Function:
    """Return a function that is imported when it is called."""

    def call(scope: Scope, *args: Value, **kwargs: Value) -> Value:
        return resolve(target)(scope, *args, **kwargs)

    return call


def _salt_call(scope: Scope, name: str, *args: Value, **kwargs: Value) -> Value:
    return scope.call(name, *args, **kwargs)


@pass_context
def _show_full_context(context: Context) -> dict[str, Value]:
    return dict(context.get_all())


def _raise(message: Value = "the template raised an error") -> NoReturn:
    raise TemplateRuntimeError(str(message))
