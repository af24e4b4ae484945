"""How far the machine is: which revisions it was brought to, and with what cause to go on."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from zester_peel.agent.converger import Converger
from zester_peel.agent.kept.finished import Finished
from zester_peel.agent.reporting.following import Following
from zester_peel.agent.upkeep.wish import Wish
from zester_peel.engine.outcome import Cause


class Applied:
    """Tells the status and the disk what was brought about; ``changed`` is called each time."""

    def __init__(
        self,
        converger: Converger,
        following: Following,
        finished: Finished,
        changed: Callable[[], None],
    ) -> None:
        self._converger = converger
        self._following = following
        self._finished = finished
        self._changed = changed

    def revisions(self) -> dict[str, int]:
        """Return what was brought about before a restart; raises HostError."""
        return self._finished.revisions()

    def cause(self, revisions: Mapping[str, int]) -> Cause:
        """Return why to converge to these: what was finished before a restart is no news."""
        again = self._converger.wish is None and self._finished.revisions() == revisions
        return Cause.BOOT if again else Cause.REVISION

    def brought_about(self, wish: Wish) -> None:
        """Tell that a wish was brought about, if it was; raises HostError."""
        if not self._converger.pending:
            self.stands_for(wish.revisions)
            if self._finished.revisions() != wish.revisions:
                self._finished.note(wish.revisions)

    def stands_for(self, revisions: Mapping[str, int]) -> None:
        """Tell the revisions that the machine stands for now, if what it follows is applied."""
        converger = self._converger
        if converger.wish is None or converger.pending:
            return
        if self._following.applied != revisions:
            self._following.applied = dict(revisions)
        self._changed()
