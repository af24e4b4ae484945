"""The private halves of the keyring, as only masters can read them."""

from __future__ import annotations

from zester.errors import CannotOpen, InvalidToken
from zester.resources.sealing.scope_keys import KEPT, ScopeHalf, ScopeKeys
from zester.trees.sealed.masters import open_half
from zester.trees.sealed.scopes import seal_half
from zester.trust.sealing import BoxKey, seal
from zester.trust.tokens import encode_part


def next_keys(masters: BoxKey, scope: str, known: ScopeKeys | None, *, after: int = 0) -> ScopeKeys:
    """Return the keys of a scope with one more generation, which is above ``after``.

    The oldest beyond KEPT goes.
    """
    generation = max(known.newest.generation if known else 0, after) + 1
    key = BoxKey.generate()
    sealed = encode_part(seal(masters.public, seal_half(scope, generation, key)))
    half = ScopeHalf(generation=generation, public=key.public, sealed=sealed)
    before = known.halves if known else ()
    return ScopeKeys(scope=scope, halves=(*before, half)[-KEPT:])


class OpenedKeys:
    """Private keys that were opened, by scope and generation; kept as long as this is."""

    def __init__(self, masters: BoxKey) -> None:
        self._masters = masters
        self._known: dict[tuple[str, int, str], BoxKey] = {}
        self._scopes: dict[str, ScopeKeys] = {}

    def learn(self, keys: dict[str, ScopeKeys]) -> None:
        """Take up what the keyring says of some scopes."""
        self._scopes.update(keys)

    def of(self, scope: str) -> dict[int, BoxKey]:
        """Return every kept generation of a scope that can be opened."""
        keys = self._scopes.get(scope)
        found: dict[int, BoxKey] = {}
        for half in keys.halves if keys else ():
            try:
                found[half.generation] = self._open(scope, half)
            except (CannotOpen, InvalidToken):
                continue  # sealed to masters of another time: nobody has it any more
        return found

    def find(self, scope: str, generation: int) -> BoxKey | None:
        """Return one key, None when it is not kept."""
        return self.of(scope).get(generation)

    def _open(self, scope: str, half: ScopeHalf) -> BoxKey:
        place = (scope, half.generation, half.public)
        if place not in self._known:
            self._known[place] = open_half(self._masters, scope, half)
        return self._known[place]
