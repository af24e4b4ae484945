"""Types of fields in models: what is said about keys and servers is checked when it is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator

from zester.errors import InvalidToken, SettingsError
from zester.trust.address import secure_urls
from zester.trust.nkeys import KeyKind, decode_public


def _public(kind: KeyKind) -> Callable[[str], str]:
    def check(value: str) -> str:
        try:
            decode_public(value, kind)
        except InvalidToken as error:
            raise ValueError(error.message) from error
        return value

    return check


def _secure(value: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return secure_urls(value)
    except SettingsError as error:
        raise ValueError(error.message) from error


UserKey = Annotated[str, AfterValidator(_public(KeyKind.USER))]
"""The public nkey of a user (``U…``)."""

OperatorKey = Annotated[str, AfterValidator(_public(KeyKind.OPERATOR))]
"""The public nkey of an operator (``O…``)."""

SecureUrls = Annotated[tuple[str, ...], AfterValidator(_secure)]
"""Addresses of servers, none of them in clear."""
