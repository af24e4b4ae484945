"""Take away what no state declares any more."""

from __future__ import annotations

import logging
import posixpath
from collections.abc import Iterable, Mapping

from zester.compiler.tree_options import TreeOptions
from zester.errors import At, HostError
from zester_peel.agent.kept.belongings import Belonging, StoredBelongings
from zester_peel.agent.kept.origins import NOTHING, Origins
from zester_peel.engine.outcome import ChangeClass, Outcome
from zester_peel.engine.program import Program
from zester_peel.engine.run.belongings import Made
from zester_peel.host.protocol import Host

log = logging.getLogger(__name__)

TOO_MANY, FAILED = "TooMany", "RemovalFailed"

_FEW = 20
_NAMED = 3


class Pruner:
    """Compares what the tree has made with what it declares now.

    ``held`` says why something is still there that would have to be taken away, empty otherwise;
    ``reason`` in one word.
    """

    def __init__(self, host: Host, belongings: StoredBelongings) -> None:
        self.belongings = belongings
        self.held = ""
        self.reason = TOO_MANY
        self._host = host

    def forget(self) -> None:
        """Follow a tree that does not ask for pruning: what its files do not ask for stays."""
        self.belongings.keep_asked()

    async def prune(
        self, program: Program, options: TreeOptions, origins: Origins = NOTHING
    ) -> list[Outcome]:
        """Remove what was made and release what was found; call after a run without failures.

        ``origins`` are those of the files of states that ask for it themselves.
        """
        self.held = ""
        asks = options.prune or any(node.prunes for node in program)
        if not asks and not len(self.belongings):
            return []
        gone = self._settle(program, options, origins)
        made = [each for each in gone if each.created and not self._spared(each, options, origins)]
        most = options.max_prune
        if most is None:
            most = max(_FEW, len(self.belongings) // 10)
        if len(made) > most:
            self.held, self.reason = _too_many(made, most), TOO_MANY
            log.warning("prune held", extra={"error": self.held})
            return []
        outcomes = []
        for each in made:
            outcome = await self._remove(each)
            if outcome is not None:
                outcomes.append(outcome)
        failed = {each.name: each.comment for each in outcomes if each.result is False}
        if failed:
            self.held, self.reason = _not_removed(failed), FAILED
        self.belongings.drop([each.made for each in gone if each.made.path not in failed])
        return outcomes

    def _settle(self, program: Program, options: TreeOptions, origins: Origins) -> list[Belonging]:
        """Note what is declared and asked for now; return what is declared no more."""
        declared: set[Made] = set()
        there: dict[Made, tuple[str, str, str]] = {}
        wanted: dict[Made, str | None] = {}
        for node in program:
            for made in node.makes():
                declared.add(made)
                if not (node.prunes or options.prune):
                    continue
                if not node.conduct.observe:  # which never makes what is not there
                    there[made] = (node.ref, node.function, str(node.at))
                own = origins.asking.get(node.at.file, "") if node.prunes else None
                wanted[made] = wanted.get(made) if own is None else own
        self.belongings.found(there)
        self.belongings.ask(wanted)
        asked_no_more = [made for made in self.belongings if made in declared - wanted.keys()]
        self.belongings.drop(asked_no_more)
        return self.belongings.beyond(declared)

    def _spared(self, each: Belonging, options: TreeOptions, origins: Origins) -> bool:
        """Whether what this came from says by now that it stays."""
        return not options.prune and each.origin in origins.sparing

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


def _not_removed(failed: Mapping[str, str]) -> str:
    path = min(failed)
    more = f", and {len(failed) - 1} more" if len(failed) > 1 else ""
    return f"no state declares {path} any more, and it cannot be removed: {failed[path]}{more}"


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
