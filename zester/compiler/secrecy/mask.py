"""Settings of the same shape with other secrets: what differs when it is rendered is derived."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from zester.compiler.secrecy.leaves import drawn, scalar_text
from zester.targeting.value import Value

_HEX = re.compile(r"[0-9a-f]+|[0-9A-F]+")
_ADDRESS = re.compile(r"(?P<host>[0-9a-fA-F.:]+)(?P<rest>/\d{1,3})?")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_ROTATED = _LETTERS[13:] + _LETTERS[:13]
_TURNED = str.maketrans(
    _LETTERS + _LETTERS.upper() + "0123456789", _ROTATED + _ROTATED.upper() + "5678912340"
)
_TURNED_HEX = str.maketrans("abcdefABCDEF0123456789", "defabcDEFABC5678912340")
_OTHERS = ("192.0.2.77", "198.51.100.77", "2001:db8::77", "2001:db8::88")


def masked(value: Value, secrets: Collection[str]) -> Value:
    """Return a copy in which each secret scalar is another one that looks alike.

    Everything else stays: templates take the same way through it.
    """
    if isinstance(value, Mapping):
        return {
            (other(key) if drawn(key) and key in secrets else key): masked(inner, secrets)
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [masked(inner, secrets) for inner in value]
    text = scalar_text(value)
    if text is None or text not in secrets:
        return value
    if isinstance(value, bytes):
        return other(text).encode()
    if isinstance(value, float):
        return value * 1.5 + 1
    return other(text) if isinstance(value, str) else int(other(text))


def other(text: str) -> str:
    """Return another text of the same length and kind; one without letters and digits stays."""
    address = _ADDRESS.fullmatch(text)
    if address is not None and ("." in text or ":" in text):
        found = _address(address["host"])
        if found is not None:
            return found + (address["rest"] or "")
    scheme = _SCHEME.match(text)
    if scheme is not None:
        return scheme[0] + other(text[scheme.end() :])
    turned = text.translate(_TURNED_HEX if _HEX.fullmatch(text) else _TURNED)
    if turned == text:  # letters of another script
        turned = "".join("x" if each.isalnum() else each for each in text)
    # A number keeps its length.
    return "9" + turned[1:] if turned[:1] == "0" and text[:1] != "0" else turned


def _address(host: str) -> str | None:
    from ipaddress import ip_address  # late: few settings hold addresses

    try:
        version = ip_address(host).version
    except ValueError:
        return None
    return next(each for each in _OTHERS if each != host and (":" in each) == (version == 6))
