"""Encrypted values inside a text, found, opened and replaced."""

from __future__ import annotations

import json
from collections.abc import Callable

from zester.errors import CannotOpen, NotGranted
from zester.resources.sealing.encrypted import FORM, TAG
from zester.resources.sealing.scope_keys import ScopeKeys
from zester.resources.sealing.sealed_value import SealedValue
from zester.trees.sealed.masters import open_half
from zester.trust.sealing import BoxKey


def open_value(masters: BoxKey, keys: ScopeKeys, word: str) -> str:
    """Return what one encrypted value says; raises NotGranted, CannotOpen, InvalidToken."""
    value = SealedValue.parse(word)
    if value is None:
        raise CannotOpen("not an encrypted value", hint="it starts with zsc1:")
    half = keys.half(value.generation)
    if half is None:
        raise NotGranted(
            f"the value was encrypted with generation {value.generation}, which is not kept: "
            f"there are {keys.halves[0].generation} to {keys.newest.generation}"
        )
    return value.open(open_half(masters, keys.scope, half))


def seal_value(keys: ScopeKeys, text: str) -> str:
    """Return a text encrypted with the newest generation."""
    half = keys.newest
    return str(SealedValue.seal(half.public, half.generation, text))


def replaced(text: str, change: Callable[[str], str]) -> str:
    """Return a text with each encrypted value in it changed."""
    return FORM.sub(lambda found: change(found[0]), text)


def in_clear(text: str, opened: Callable[[str], str]) -> str:
    """Return a file with its encrypted values as quoted text, or one value alone as it is."""
    alone = text.strip().removeprefix(TAG).strip().strip("'\"")
    if FORM.fullmatch(alone):
        return opened(alone)
    bare = text.replace(f"{TAG} ", "")
    return replaced(bare, lambda word: json.dumps(opened(word), ensure_ascii=False))
