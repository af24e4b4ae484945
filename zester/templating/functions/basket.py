"""``basket(target, name)`` and ``mine.get``: what other nodes published."""

from __future__ import annotations

from collections.abc import Mapping

from zester.errors import RenderError
from zester.targeting.value import Value
from zester.templating.scope import Scope

_KINDS: Mapping[str, str] = {
    "compound": "",
    "glob": "",
    "grain": "G@",
    "grain_pcre": "P@",
    "ipcidr": "S@",
    "list": "L@",
    "nodegroup": "N@",
    "pcre": "E@",
    "pillar": "I@",
    "pillar_exact": "I@",
    "pillar_pcre": "J@",
}


def basket(scope: Scope, target: str, name: str) -> Value:
    """Return what the nodes a target means published under a name; raises RenderError."""
    if scope.providers.basket is None:
        raise RenderError("the basket is not available here")
    return scope.providers.basket(target, name)


def get(
    scope: Scope,
    tgt: Value,
    fun: Value,
    tgt_type: str = "glob",
    exclude_minion: bool = False,
) -> dict[str, Value]:
    """``mine.get``: values by node id, for several functions by function and node id.

    Empty where there is no basket, as Salt answers when nothing is mined.
    """
    prefix = _KINDS.get(tgt_type)
    if prefix is None:
        raise RenderError(
            f"unknown kind of match {tgt_type!r}", hint=f"there are {', '.join(_KINDS)}"
        )
    provided = scope.providers.basket
    if provided is None:
        return {}
    text = ",".join(map(str, tgt)) if isinstance(tgt, list | tuple) else str(tgt)
    names = fun if isinstance(fun, list) else list(dict.fromkeys(str(fun).split(",")))
    found = {
        name: _by_node(scope, provided(f"{prefix}{text}", name), exclude_minion) for name in names
    }
    if isinstance(fun, list) or len(names) > 1:
        return {name: values for name, values in found.items() if values}
    return found[names[0]]


def _by_node(scope: Scope, published: Value, exclude: bool) -> dict[str, Value]:
    """Return values by node id of a mapping, or of a list of ``{id, value}``."""
    pairs = (
        published.items()
        if isinstance(published, Mapping)
        else ((entry["id"], entry["value"]) for entry in published or ())
    )
    return {node: value for node, value in pairs if not (exclude and node == scope.id)}
