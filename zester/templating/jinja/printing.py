"""What a template prints for data, such that YAML reads it back."""

from __future__ import annotations

from zester.targeting.value import Value

_BROKEN = frozenset("\n\r\t")
"""Characters that Python and YAML escape differently inside single quotes."""


def printed(value: Value) -> str:
    """Return the text of a mapping, list, tuple or set; every text inside is quoted."""
    return _text(value) if isinstance(value, dict) else _quoted(value)


def _text(mapping: dict[Value, Value]) -> str:
    items = []
    for key, value in mapping.items():
        if isinstance(value, dict):
            shown = _text(value)
        elif isinstance(value, str | list | tuple | set):
            shown = _safe(value) if isinstance(value, str) else _quoted(value)
        else:
            shown = str(value)
        items.append(f"{key!r}: {shown}")
    return "{" + ", ".join(items) + "}"


def _quoted(value: Value) -> str:
    """As ``repr``, but for the texts in mappings."""
    if isinstance(value, dict):
        items = (
            f"{key!r}: {_safe(item) if isinstance(item, str) else _quoted(item)}"
            for key, item in value.items()
        )
        return "{" + ", ".join(items) + "}"
    if type(value) is list:
        return "[" + ", ".join(map(_quoted, value)) + "]"
    if type(value) is tuple:
        return "(" + ", ".join(map(_quoted, value)) + (",)" if len(value) == 1 else ")")
    return repr(value)


def _safe(text: str) -> str:
    if _BROKEN.isdisjoint(text):
        return repr(text)
    import yaml  # late: few templates print such text

    quoted: str = yaml.safe_dump(text, default_style='"', allow_unicode=True, width=float("inf"))
    return quoted.rstrip("\n")
