"""The merge of built-in kinds: lists whose items have a key are merged item by item."""

from __future__ import annotations

from support.kubernetes.objects.json_value import Json, Value

_KEYS = {
    "containers": "name",
    "initContainers": "name",
    "env": "name",
    "volumes": "name",
    "volumeMounts": "mountPath",
    "imagePullSecrets": "name",
    "ownerReferences": "uid",
    "conditions": "type",
    "topologySpreadConstraints": "topologyKey",
    "hostAliases": "ip",
}
_PORTS = {"containerPort", "port"}
_SETS = {"finalizers"}
_DELETED, _ORDER, _DIRECTIVE = "$deleteFromPrimitiveList/", "$setElementOrder/", "$patch"


def strategically_merged(document: Value, patch: Value, name: str = "") -> Value:
    """Return the document with the patch merged in; ``name`` is the field both are of."""
    if isinstance(patch, list):
        return _list(document if isinstance(document, list) else [], patch, name)
    if not isinstance(patch, dict):
        return patch
    if patch.get(_DIRECTIVE) == "replace":
        return {key: value for key, value in patch.items() if key != _DIRECTIVE}
    if patch.get(_DIRECTIVE) == "delete":
        return None
    found: Json = dict(document) if isinstance(document, dict) else {}
    for key, value in patch.items():
        if key.startswith(_DELETED):
            field = key.removeprefix(_DELETED)
            found[field] = [each for each in found.get(field, []) if each not in value]
        elif value is None:
            found.pop(key, None)
        elif not key.startswith(_ORDER):
            found[key] = strategically_merged(found.get(key), value, key)
    return found


def _list(items: list[Value], patch: list[Value], name: str) -> list[Value]:
    if name in _SETS:
        return [*items, *(each for each in patch if each not in items)]
    key = _key(name, patch)
    if key is None:
        return patch
    found = list(items)
    for change in patch:
        if change == {_DIRECTIVE: "replace"}:
            found = []
            continue
        at = next((n for n, each in enumerate(found) if each.get(key) == change.get(key)), None)
        if change.get(_DIRECTIVE) == "delete":
            if at is not None:
                del found[at]
        elif at is None:
            found.append({part: each for part, each in change.items() if part != _DIRECTIVE})
        else:
            found[at] = strategically_merged(found[at], change)
    return found


def _key(name: str, patch: list[Value]) -> str | None:
    if name == "ports":
        return next((key for key in sorted(_PORTS) if all(key in each for each in patch)), None)
    return _KEYS.get(name)
