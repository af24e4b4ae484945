"""What is known of state functions and execution functions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

from zester.dataclass import dataclass
from zester.templating.functions.table import FUNCTIONS

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Catalogue:
    """``states``: function → parameters of those this version carries out.

    ``salt_states``: the same for Salt's; ``*`` stands for parameters of any name.
    ``salt_execution``: module → its functions. The ``elsewhere`` are modules that Salt once had or
    that come as extensions.
    """

    states: Mapping[str, frozenset[str]]
    salt_states: Mapping[str, frozenset[str]]
    salt_execution: Mapping[str, frozenset[str]]
    states_elsewhere: frozenset[str]
    execution_elsewhere: frozenset[str]

    @cached_property
    def state_modules(self) -> frozenset[str]:
        """The modules of which every function is known."""
        return frozenset(name.partition(".")[0] for name in (*self.states, *self.salt_states))

    @cached_property
    def template_functions(self) -> Sequence[str]:
        """All functions templates may call, by full name."""
        salt = (
            f"{module}.{name}" for module, names in self.salt_execution.items() for name in names
        )
        return sorted({*FUNCTIONS, *salt})

    @cached_property
    def language_modules(self) -> frozenset[str]:
        return frozenset(name.partition(".")[0] for name in FUNCTIONS)


def read_catalogue() -> Catalogue:
    """Return the catalogue that comes with this version."""
    own = json.loads((DATA / "catalogue.json").read_text(encoding="utf-8"))
    salt = json.loads((DATA / "salt.json").read_text(encoding="utf-8"))
    return Catalogue(
        states=_words(own),
        salt_states=_words(salt["states"]),
        salt_execution=_words(salt["execution"]),
        states_elsewhere=frozenset(salt["states_elsewhere"]),
        execution_elsewhere=frozenset(salt["execution_elsewhere"]),
    )


def _words(table: Mapping[str, str]) -> dict[str, frozenset[str]]:
    return {name: frozenset(words.split()) for name, words in table.items()}
