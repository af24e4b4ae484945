"""RFC 7386."""

from __future__ import annotations

from support.kubernetes.objects.json_value import Json, Value


def merge_patched(document: Value, patch: Value) -> Value:
    """Return the document with the patch merged in; null takes a field away."""
    if not isinstance(patch, dict):
        return patch
    found: Json = dict(document) if isinstance(document, dict) else {}
    for name, value in patch.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = merge_patched(found.get(name), value)
    return found
