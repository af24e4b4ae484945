"""What is known about one package that a state names, and what to do about it."""

from __future__ import annotations

from zester.dataclass import dataclass
from zester.errors import StateError
from zester_peel.states.pkg.fulfilment import LATEST, Compare, best, fulfils
from zester_peel.states.pkg.providers.protocol import Pick


@dataclass(frozen=True, slots=True)
class Target:
    """One package as wished and as found.

    ``offered``: versions in the repositories, the one to take first; None = not asked for, or
    unknown there. ``provided``: another installed package answers to this name.
    """

    name: str
    condition: str | None
    installed: tuple[str, ...]
    offered: tuple[str, ...] | None = None
    file: str | None = None
    held: bool = False
    provided: bool = False
    altered: tuple[str, ...] = ()

    @property
    def old(self) -> str:
        return ",".join(self.installed)

    def change(self, new: str | None, hold: bool | None) -> dict[str, str]:
        """Return what is reported when it becomes ``new`` (None = stays) and is held or not."""
        change: dict[str, str] = {}
        if new is not None:
            change = {"old": self.old, "new": new}
            if self.altered:
                change["altered"] = "\n".join(self.altered)
        if hold is not None and hold is not self.held:
            old, verb = ("install", "hold") if hold else ("hold", "install")
            change["old"] = "\n".join(filter(None, (change.get("old"), old)))
            change["new"] = "\n".join(filter(None, (change.get("new"), verb)))
        return change

    def shown(self) -> str:
        """Return the name as Salt writes it in comments."""
        if self.condition is None:
            return self.name
        joint = "" if self.condition[0] in "<>=!" else "="
        return f"{self.name}{joint}{self.condition}"

    def pick(
        self, compare: Compare, *, ignore_epoch: bool | None, allow_updates: bool
    ) -> Pick | None:
        """Return what to install, None when the machine has what is wished."""
        here = self.settled(compare, ignore_epoch=ignore_epoch, allow_updates=allow_updates)
        if here and not self.altered:
            return None
        if here:
            return Pick(self.name, self.installed[-1] if self.installed else None, reinstall=True)
        if self.file is not None:
            return Pick(self.name, file=self.file)
        if self.condition is None:
            return Pick(self.name)
        if self.condition == LATEST:
            return Pick(self.name, self.offered[0] if self.offered else None)
        return Pick(self.name, self._version(compare, ignore_epoch))

    def settled(self, compare: Compare, *, ignore_epoch: bool | None, allow_updates: bool) -> bool:
        """Tell whether the machine has what is wished."""
        if self.condition is None or self.file is not None:
            return bool(self.installed) or self.provided
        if self.condition == LATEST:
            newest = self.offered[0] if self.offered else None
            if newest is None:
                return bool(self.installed) or self.provided
            return any(compare(version, newest) >= 0 for version in self.installed)
        return any(
            fulfils(
                version,
                self.condition,
                compare,
                ignore_epoch=ignore_epoch,
                allow_updates=allow_updates,
            )
            for version in self.installed
        )

    def _version(self, compare: Compare, ignore_epoch: bool | None) -> str | None:
        """Return the version to install; None when no list is known that could tell."""
        condition = self.condition or ""
        if not self.offered:
            return None
        found = best(self.offered, condition, compare, ignore_epoch=ignore_epoch)
        if found is None:
            raise StateError(
                f"no version of {self.name} that is offered meets {condition!r}:"
                f" there is {', '.join(self.offered[:8])}",
                hint="refresh the package lists, or ask for one of these",
            )
        return found
