"""Names of users and groups, and what else may stand in the account files."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, SecretStr

from zester_peel.engine.fields import read_text, read_texts

MAX_ID = 2**32 - 2
_NOT_IN_NAMES = re.compile(r"[\s:,/\0-\x1f\x7f]")


def check_name(name: str) -> str:
    """Refuse what no account file can hold or a tool would take for an option."""
    if not name or name in (".", "..") or name.startswith(("-", "+", "~")):
        raise ValueError(f"{name!r} cannot be the name of an account")
    if _NOT_IN_NAMES.search(name):
        raise ValueError(
            f"{name!r} cannot be the name of an account: it has a space, colon, comma or slash"
        )
    return name


def check_field(text: str) -> str:
    """Refuse what would end a field or a line of an account file."""
    if ":" in text or any(ord(letter) < 0x20 or ord(letter) == 0x7F for letter in text):
        raise ValueError("a colon or control character cannot be in it")
    return text


def _read_names(value: object) -> tuple[str, ...]:
    return tuple(dict.fromkeys(check_name(name) for name in read_texts(value)))


def _read_id(value: object) -> int:
    text = read_text(value).strip()
    if isinstance(value, bool) or not (text.isascii() and text.isdecimal()):
        raise ValueError(f"{value!r} is not the number of an account")
    if len(text) > 10 or int(text) > MAX_ID:
        raise ValueError(f"{value!r} is too large for the number of an account")
    return int(text)


def _read_optional_id(value: object) -> int | None:
    return None if value is None or value == "" else _read_id(value)


def _read_group(value: object) -> int | str | None:
    if value is None or value == "":
        return None
    text = read_text(value)
    return _read_id(text) if text.isdecimal() else check_name(text)


def _read_secret(value: object) -> SecretStr:
    if isinstance(value, SecretStr):
        return value
    if not isinstance(value, str):
        raise ValueError("expected a text")
    return SecretStr(value)


AccountName = Annotated[str, BeforeValidator(read_text), AfterValidator(check_name)]
AccountNames = Annotated[tuple[str, ...], BeforeValidator(_read_names)]
AccountId = Annotated[int | None, BeforeValidator(_read_optional_id)]
GroupReference = Annotated[int | str | None, BeforeValidator(_read_group)]
FieldText = Annotated[str, BeforeValidator(read_text), AfterValidator(check_field)]
Secret = Annotated[SecretStr, BeforeValidator(_read_secret)]
