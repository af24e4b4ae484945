"""One run over a program: who may run, what became of it, who has to act on it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace

from zester_peel.engine.node import Node
from zester_peel.engine.outcome import Outcome
from zester_peel.engine.program import Program
from zester_peel.engine.run.belongings import Belongings
from zester_peel.engine.run.debts import Debt, Debts
from zester_peel.engine.run.folding import Act, Bundle, Folding, act_alone, survey
from zester_peel.engine.run.ready import ReadyQueue
from zester_peel.engine.run.requisites import FREE, Standing, changed, judge
from zester_peel.engine.run.visit import Visit
from zester_peel.engine.state import EVERYTHING

_LISTENER = Standing(watch=True)


class Walk:
    """Visits the members of a program, then those who listened; ``outcomes`` as they finish.

    ``stopped`` is the ref of the state whose failure ended the run early, empty otherwise; ``cut``
    that ``goes_on`` said no before it was at its end.
    """

    def __init__(
        self,
        program: Program,
        visit: Visit,
        debts: Debts,
        *,
        belongings: Belongings | None,
        failhard: bool,
        on_outcome: Callable[[Outcome], None] | None,
        goes_on: Callable[[], bool],
    ) -> None:
        self.outcomes: list[Outcome] = []
        self.stopped = ""
        self.cut = False
        self._goes_on = goes_on
        self._program = program
        self._visit = replace(visit, changing=self._changing, promised=self._promised)
        self._preview = replace(self._visit, test=True)
        self._debts = debts
        self._belongings = belongings
        self._failhard = failhard
        self._on_outcome = on_outcome
        self._results: dict[int, Outcome] = {}
        self._foreseen: dict[int, Outcome] = {}
        """The same for those that are only observed: for them, what was predicted is so."""
        self._predicted: dict[int, Outcome] = {}
        self._owed = debts.owed()
        self._owing = set(self._owed)
        self._made: dict[str, frozenset[Debt]] = {}
        self._positions = {id(node): place for place, node in enumerate(program.nodes)}
        self._previewed = {place: target for target, place in program.previews.items()}
        self._queue: ReadyQueue | None = None

    async def run(self, members: frozenset[int] | None, concurrency: int) -> None:
        """Visit the members (None = all)."""
        program = self._program
        if members is not None:
            previews = program.previews.items()
            members |= {place for target, place in previews if target in members}
        folding = None if self._failhard else Folding(program)
        self._queue = ReadyQueue(program.graph, members, self._converge_together, folding)
        await self._queue.run(concurrency)
        for position, node in enumerate(program.nodes):
            if "listen" in node.requisites and (members is None or position in members):
                if not self._may_begin():
                    return
                await self._listen(position, node)

    def _may_begin(self) -> bool:
        if not self.cut and not self._goes_on():
            self.cut = True
            if self._queue is not None:
                self._queue.stop()
        return not self.cut

    def let_go(self) -> None:
        """Forget what knows this walk: no circle keeps a run in memory until somebody looks."""
        del self._visit, self._preview, self._queue

    async def _converge_together(self, positions: tuple[int, ...]) -> None:
        if not self._may_begin():
            return
        if len(positions) == 1:
            await self._converge(positions[0])
            return
        await survey(self._visit.host, [self._program.nodes[each] for each in positions])
        await Bundle().run([functools.partial(self._converge, each) for each in positions])

    async def _converge(self, position: int, act: Act = act_alone) -> None:
        if position in self._previewed:
            await self._predict(self._previewed[position])
            return
        node = self._program.nodes[position]
        owes = node.ref in self._owed
        inline = owes and not _only_listens(node)
        if node.requisites or inline:
            results = self._as_seen_by(node)
            standing = judge(node.requisites, results, self._predicted, owes=inline)
        else:
            standing = FREE
        visit = self._visiting(node)
        if act is not act_alone:
            visit = replace(visit, act=act)
        outcome = await visit.converge(node, standing)
        if outcome is None:
            return
        if standing.failed:
            outcome = self._own_reason(position, outcome)
        self._results[position] = self._as_others_see(outcome)
        self._foreseen[position] = outcome
        self._account(node, outcome, acted="listen" not in node.requisites)
        self._told(node, outcome)

    def _visiting(self, node: Node) -> Visit:
        """What is only observed is looked at as in test mode."""
        return self._preview if node.conduct.observe else self._visit

    def _as_seen_by(self, node: Node) -> dict[int, Outcome]:
        return self._foreseen if node.conduct.observe else self._results

    def _as_others_see(self, outcome: Outcome) -> Outcome:
        """A change that was only predicted while others act makes nobody act."""
        if outcome.result is None and not self._visit.test:
            return replace(outcome, result=True, changes={})
        return outcome

    async def _predict(self, target: int) -> None:
        """Look at what a ``prereq`` names, before anybody acts on it."""
        node = self._program.nodes[target]
        own = {kind: each for kind, each in node.requisites.items() if kind != "prerequired"}
        owes = node.ref in self._owed
        standing = judge(own, self._results, self._predicted, owes=owes) if own else FREE
        outcome = await self._preview.converge(node, standing)
        if outcome is not None:
            seen = self._as_others_see(outcome) if node.conduct.observe else outcome
            self._predicted[target] = seen

    def _own_reason(self, position: int, outcome: Outcome) -> Outcome:
        """Prefer a target's own failure to that of those who asked about it in vain."""
        seen = self._predicted.get(position)
        return seen if seen is not None and seen.result is False else outcome

    async def _listen(self, position: int, node: Node) -> None:
        """Let a state act on what it listens to, once, after everything else."""
        fired = changed(node.requisites, self._as_seen_by(node), "listen")
        own = self._results.get(position)
        if not fired and not (node.ref in self._owed and _only_listens(node)):
            if own is not None:
                self._account(node, own, acted=True)
            return
        if node.problem or (own is not None and own.result is False):
            return  # it owes that until it is right
        outcome = await self._visiting(node).converge(node, _LISTENER)
        if outcome is None:
            return
        module = node.function.partition(".")[0]
        outcome = replace(outcome, id=f"listener_{node.id}", function=f"{module}.mod_watch")
        self._account(node, outcome, acted=True)
        if outcome.changes or outcome.result is not True:
            self._told(node, outcome)

    async def _changing(self, node: Node) -> None:
        """Note what will be new and who will have to act, before a state changes anything."""
        if self._belongings is not None:
            own = node.prunes
            for made in node.makes():
                if not self._belongings.knows(made, own=own):
                    new = await self._visit.host.stat(made.path) is None
                    self._belongings.note(
                        made,
                        ref=node.ref,
                        function=node.function,
                        at=str(node.at),
                        created=new,
                        own=own,
                    )
        refs = self._program.debtors(self._positions[id(node)])
        if refs and node.ref not in self._made:
            self._made[node.ref] = self._debts.owe([(ref, node.ref) for ref in refs])
            self._owing.update(refs)

    def _account(self, node: Node, outcome: Outcome, *, acted: bool) -> None:
        if self._visit.test or node.conduct.observe:
            return
        made = self._made.pop(node.ref, frozenset())
        if outcome.result is True:
            if made and not outcome.changes:
                self._debts.forgive(made)
            if acted and node.ref in self._owing:
                self._debts.settle(node.ref)

    def _promised(self, node: Node) -> str:
        """Return the ref of a state that would change first what this one needs, else nothing."""
        wanted = {each for group in node.requisites.values() for each in group}
        resources = node.requires()
        for position, outcome in self._as_seen_by(node).items():
            if outcome.result is None and (
                position in wanted
                or any(
                    _covers(provided, resource)
                    for provided in self._program.nodes[position].provides()
                    for resource in resources or ("",)
                )
            ):
                return outcome.ref
        return ""

    def _told(self, node: Node, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        if self._on_outcome is not None:
            self._on_outcome(outcome)
        failhard = self._failhard or node.conduct.failhard
        looked = self._visit.test or node.conduct.observe
        if failhard and outcome.result is False and not looked:
            self.stopped = self.stopped or node.ref
            if self._queue is not None:
                self._queue.stop()


def _covers(provided: str, required: str) -> bool:
    if provided == EVERYTHING:
        return True
    return provided.startswith(required[:-1]) if required[-1:] == "*" else provided == required


def _only_listens(node: Node) -> bool:
    kinds = ("watch", "watch_any", "onchanges", "onchanges_any")
    return "listen" in node.requisites and not any(kind in node.requisites for kind in kinds)
