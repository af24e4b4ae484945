"""Refreshes that states owe: something they watch has changed and they have not acted on it yet."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

Debt = tuple[str, str]
"""``(ref, cause)``: the state that has to act, and the state whose change asks for it."""


class Debts(Protocol):
    """What is owed, kept where it survives the process. Never raises.

    A debt is made before the change that causes it, and ends when the state has acted on it: a
    run that is cut off in between leaves the debt to the next one.
    """

    def owed(self) -> frozenset[str]:
        """Return the refs that have to act."""
        ...

    def owe(self, debts: Collection[Debt]) -> frozenset[Debt]:
        """Add debts and return when they are safe; returns those that are new."""
        ...

    def settle(self, ref: str) -> None:
        """End what a state owes: it has acted."""
        ...

    def forgive(self, debts: Collection[Debt]) -> None:
        """End debts whose change did not happen."""
        ...


class MemoryDebts:
    """Debts of one process, for runs that nobody takes up again."""

    def __init__(self) -> None:
        self._debts: set[Debt] = set()

    def owed(self) -> frozenset[str]:
        return frozenset(ref for ref, _ in self._debts)

    def owe(self, debts: Collection[Debt]) -> frozenset[Debt]:
        new = frozenset(debts) - self._debts
        self._debts |= new
        return new

    def settle(self, ref: str) -> None:
        self._debts = {debt for debt in self._debts if debt[0] != ref}

    def forgive(self, debts: Collection[Debt]) -> None:
        self._debts -= set(debts)
