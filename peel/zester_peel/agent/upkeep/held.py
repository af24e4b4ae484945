"""The program that is followed, for the next revision that leaves it as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from zester.dataclass import dataclass
from zester_peel.agent.secrecy.disclosure import SettingsDisclosure
from zester_peel.agent.workshop.orders import Made
from zester_peel.engine.content import Versions
from zester_peel.engine.program import Program
from zester_peel.engine.watch import Watch


@dataclass(frozen=True, slots=True)
class Held:
    """``mark`` is the workshop's name for what it was made from, ``hidden`` what was secret."""

    mark: str
    program: Program
    disclosure: SettingsDisclosure
    hidden: frozenset[str] = field(repr=False)
    watched: Mapping[Watch, tuple[str, ...]]

    def stands(self, made: Made, tree: Versions) -> bool:
        """Whether the program is what would be made again, with the content of another tree."""
        hidden = made.secrets | made.derived
        return hidden == self.hidden and all(node.holds(tree) for node in self.program)

    def watches(self) -> Mapping[Watch, tuple[str, ...]]:
        """Return what would reveal drift now."""
        roaming = any(node.roaming for node in self.program)
        return self.program.watches() if roaming else self.watched
