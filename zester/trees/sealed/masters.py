"""What only masters, and people with the masters' key, can open."""

from __future__ import annotations

from zester.errors import CannotOpen
from zester.resources.sealing.scope_keys import ScopeHalf
from zester.trees.sealed.scopes import read_half
from zester.trust.sealing import BoxKey
from zester.trust.tokens import decode_part


def open_half(masters: BoxKey, scope: str, half: ScopeHalf) -> BoxKey:
    """Return the private key of one generation; raises CannotOpen, InvalidToken."""
    try:
        data = masters.open(decode_part(half.sealed))
    except CannotOpen as error:
        raise CannotOpen(
            f"scope {scope}: generation {half.generation} is sealed to other masters",
            hint="was the masters' key replaced? `zester rekey` makes new generations",
        ) from error
    return read_half(data, scope, half.generation, half.public)
