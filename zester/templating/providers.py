"""What a place that renders can offer to templates beyond the language itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from zester.dataclass import dataclass
from zester.targeting.value import Value

Function = Callable[..., Value]

RunPython = Callable[[str, str, Mapping[str, Value]], Value]
"""Runs a source text that stands at a path of the tree, in which names are already bound, and
returns what its ``run()`` gives; raises SourceError."""

BASKET = "basket"
"""What the basket is called where functions are known by name."""


@dataclass(frozen=True, slots=True)
class Providers:
    """``execution`` are the execution functions by name (``cmd.run``), None where none can run.

    ``machine`` are functions that only look at the machine rendered for (``user.info``), empty
    where that machine is another one. ``basket(target, name)`` answers what other nodes published,
    None where nothing does. ``lenient`` renders what is undefined as empty text.
    ``python`` runs files under ``#!py``, None where no code of a tree may run.
    """

    execution: Mapping[str, Function] | None = None
    machine: Mapping[str, Function] | None = None
    basket: Callable[[str, str], Value] | None = None
    lenient: bool = False
    python: RunPython | None = None

    def function(self, name: str) -> Function | None:
        """Return a function by the name a Trace notes its calls under."""
        if name == BASKET:
            return self.basket
        return (self.execution or {}).get(name) or (self.machine or {}).get(name)


NOTHING = Providers()
"""Only the language."""
