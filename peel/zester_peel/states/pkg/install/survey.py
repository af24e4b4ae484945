"""What a package state found."""

from __future__ import annotations

from collections.abc import Mapping

from zester.dataclass import dataclass
from zester_peel.states.pkg.fulfilment import Compare
from zester_peel.states.pkg.install.spec import InstalledSpec
from zester_peel.states.pkg.install.target import Target
from zester_peel.states.pkg.providers.protocol import Pick


@dataclass(frozen=True, slots=True)
class Survey:
    """The packages of one state, and how versions are ordered here.

    ``problem``: why the package lists could not be fetched, empty when they were or need not be.
    """

    compare: Compare
    targets: tuple[Target, ...]
    problem: str = ""

    def __getitem__(self, name: str) -> Target:
        return next(target for target in self.targets if target.name == name)

    def todo(self, spec: InstalledSpec) -> Mapping[str, Pick]:
        """Return what to install by name; raises StateError when no version will do."""
        found: dict[str, Pick] = {}
        for target in self.targets:
            pick = target.pick(
                self.compare, ignore_epoch=spec.ignore_epoch, allow_updates=spec.allow_updates
            )
            # a package that is not there is none of ``only_upgrade``'s business
            if pick is not None and (target.installed or not spec.only_upgrade):
                found[target.name] = pick
        return found
