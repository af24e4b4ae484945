"""YAML 1.1 scalars → Python values."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping

from zester.targeting.value import Value

TAG = "tag:yaml.org,2002:"

MAX_DIGITS = 4000

_TRUE = frozenset(("yes", "true", "on"))


def integer(text: str) -> int:
    """Read an integer. As in Salt leading zeros say nothing (the mode 0644 is the number 644),
    unless a sign stands before them: then the digits are octal."""
    signed = text[:1] in ("-", "+")
    sign = -1 if text.startswith("-") else 1
    digits = text.lstrip("+-").replace("_", "")
    if digits[:2] in ("0b", "0x"):
        if len(digits) > MAX_DIGITS:
            raise ValueError("too many digits")  # such a number could not be printed
        return sign * int(digits, 0)
    if signed and digits.startswith("0"):
        return sign * int(digits, 8)
    if ":" in digits:
        return sign * int(_sexagesimal(digits))
    return sign * int(digits)


def floating(text: str) -> float:
    digits = text.replace("_", "").lower()
    sign = -1.0 if digits.startswith("-") else 1.0
    digits = digits.lstrip("+-")
    if digits in (".inf", ".nan"):
        return sign * float(digits[1:])
    return sign * (_sexagesimal(digits) if ":" in digits else float(digits))


def _sexagesimal(digits: str) -> float:
    total: float = 0
    for part in digits.split(":"):
        total = total * 60 + (float(part) if "." in part else int(part))
    return total


def boolean(text: str) -> bool:
    return text.lower() in _TRUE


def nothing(text: str) -> None:
    return None


def binary(text: str) -> bytes:
    """Read base64; padding may be missing."""
    try:
        data = text.encode("ascii")
        return base64.decodebytes(data + b"=" * (-len(data) % 4))
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError(f"not base64: {error}") from error


def text(value: str) -> str:
    return value


SCALARS: Mapping[str, Callable[[str], Value]] = {
    f"{TAG}str": text,
    f"{TAG}python/unicode": text,
    f"{TAG}int": integer,
    f"{TAG}float": floating,
    f"{TAG}bool": boolean,
    f"{TAG}null": nothing,
    f"{TAG}binary": binary,
    f"{TAG}timestamp": text,
    f"{TAG}value": text,
}
"""Tag → reader. Dates stay text, as in Salt."""
