"""Take away what no state declares any more."""

from __future__ import annotations

import logging
import posixpath
from collections.abc import Iterable

from zester.compiler.tree_options import TreeOptions
from zester.errors import At, HostError
from zester_peel.agent.kept.belongings import Belonging, StoredBelongings
from zester_peel.engine.outcome import ChangeClass, Outcome
from zester_peel.engine.program import Program
from zester_peel.host.protocol import Host

log = logging.getLogger(__name__)

_FEW = 20
_NAMED = 3


class Pruner:
    """Compares what the tree has made with what it declares now.

    ``held`` says why nothing was taken away although something would have to be, empty otherwise.
    """

    def __init__(self, host: Host, belongings: StoredBelongings) -> None:
        self.belongings = belongings
        self.held = ""
        self._host = host

    def forget(self) -> None:
        """Follow a tree that does not ask for pruning: all it made stays."""
        self.held = ""
        self.belongings.drop([each.made for each in self.belongings.beyond(())])

    async def prune(self, program: Program, options: TreeOptions) -> list[Outcome]:
        """Remove what was made and release what was found; call after a run without failures."""
        declared = {
            made: (node.ref, node.function, str(node.at))
            for node in program
            for made in node.makes()
        }
        self.belongings.found(declared)
        gone = self.belongings.beyond(declared)
        made = [each for each in gone if each.created]
        most = options.max_prune
        if most is None:
            most = max(_FEW, len(self.belongings) // 10)
        self.held = _too_many(made, most) if len(made) > most else ""
        if self.held:
            log.warning("prune held", extra={"error": self.held})
            return []
        outcomes = []
        for each in made:
            outcome = await self._remove(each)
            if outcome is not None:
                outcomes.append(outcome)
        failed = {outcome.name for outcome in outcomes if outcome.result is False}
        self.belongings.drop([each.made for each in gone if each.made.path not in failed])
        return outcomes

    async def _remove(self, each: Belonging) -> Outcome | None:
        """Remove one thing if it is still what was made; None when there is nothing to do."""
        path = each.made.path
        try:
            there = await self._host.stat(path)
            if there is None or there.kind != each.made.kind:
                return None
            if there.kind == "directory" and await self._host.listdir(path):
                return None
            await self._host.remove(path)
        except HostError as error:
            return _outcome(each, False, str(error))
        return _outcome(each, True, f"no state declares {path} any more")


def _outcome(each: Belonging, result: bool, comment: str) -> Outcome:
    file, _, line = each.at.rpartition(":")
    at = At(file, int(line)) if line.isdecimal() else At(each.at)
    return Outcome(
        ref=each.ref,
        function=each.function,
        name=each.made.path,
        id=each.ref.partition(":")[2],
        sls="",
        at=at,
        result=result,
        changes={"removed": each.made.path} if result else {},
        comment=comment,
        change_class=ChangeClass.PRUNED if result else None,
    )


def _too_many(made: Iterable[Belonging], most: int) -> str:
    paths = sorted(each.made.path for each in made)
    named = ", ".join(paths[:_NAMED])
    more = len(paths) - _NAMED
    told = f"{named} and {more} more" if more > 0 else named
    folder = posixpath.commonpath(paths)
    return (
        f"{len(paths)} things below {folder} would be removed, more than max_prune ({most}) allows:"
        f" {told}; nothing was removed: raise max_prune in zester.yaml if that is meant"
    )
