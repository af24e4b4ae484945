"""``pkg.latest``: packages that are there, in the newest version."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from zester_peel.states.pkg.fulfilment import LATEST
from zester_peel.states.pkg.install.installed import Installed
from zester_peel.states.pkg.install.survey import Survey


class Latest(Installed):
    """These packages are installed, in the newest version the repositories offer.

    The package lists are fetched when this process has not done so within the hour.
    """

    function: ClassVar[str] = "pkg.latest"
    condition: ClassVar[str | None] = LATEST

    def settled_comment(self, observed: Survey) -> str:
        names = [target.name for target in observed.targets]
        if len(names) == 1:
            return f"Package {names[0]} is already up-to-date"
        return f"All packages are up-to-date ({', '.join(names)})."

    def planned_comment(self, shown: Sequence[str]) -> str:
        names = [each.removesuffix(f"={LATEST}") for each in shown]
        return f"The following packages would be installed/upgraded: {', '.join(names)}"

    def done_comment(self, done: Sequence[str], already: Sequence[str]) -> str:
        names = [each.removesuffix(f"={LATEST}") for each in done]
        comment = f"The following packages were successfully installed/upgraded: {', '.join(names)}"
        if already:
            names = [each.removesuffix(f"={LATEST}") for each in already]
            comment += f"\nThe following packages were already up-to-date: {', '.join(names)}"
        return comment
