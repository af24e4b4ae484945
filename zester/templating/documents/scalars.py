"""YAML 1.1 scalars → Python values."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping

from zester.targeting.value import Value

TAG = "tag:yaml.org,2002:"

_LEADING_ZERO = re.compile(r"[-+]?0[0-9_]+")
_TRUE = frozenset(("yes", "true", "on"))


def integer(text: str) -> int | str:
    """Read an integer; one with a leading zero is a file mode or an identifier and stays text."""
    if _LEADING_ZERO.fullmatch(text):
        return text
    digits = text.replace("_", "")
    sign = -1 if digits.startswith("-") else 1
    digits = digits.lstrip("+-")
    if digits[:2] in ("0b", "0x"):
        return sign * int(digits, 0)
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
    try:
        return base64.b64decode(text.encode("ascii"))
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError(f"not base64: {error}") from error


def text(value: str) -> str:
    return value


SCALARS: Mapping[str, Callable[[str], Value]] = {
    f"{TAG}str": text,
    f"{TAG}int": integer,
    f"{TAG}float": floating,
    f"{TAG}bool": boolean,
    f"{TAG}null": nothing,
    f"{TAG}binary": binary,
    f"{TAG}timestamp": text,
    f"{TAG}value": text,
}
"""Tag → reader. Dates stay text, as in Salt."""
