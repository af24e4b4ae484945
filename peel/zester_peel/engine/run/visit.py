"""One state's way through one run."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import field, replace
from typing import Any

import anyio
from pydantic import BaseModel

from zester.dataclass import dataclass
from zester.errors import HostError, StateError, TransientError, ZesterError
from zester.telemetry.redaction.redactor import MARK
from zester_peel.engine.content import Sources
from zester_peel.engine.disclosure import Disclosure, Shown
from zester_peel.engine.node import Node
from zester_peel.engine.outcome import Cause, ChangeClass, Outcome
from zester_peel.engine.parameters import slim
from zester_peel.engine.run.folding import Act, act_alone
from zester_peel.engine.run.look import Signatures, look
from zester_peel.engine.run.requisites import Standing
from zester_peel.engine.run.slots import FreeSlots, Slots
from zester_peel.engine.run.taking import Taking
from zester_peel.engine.state import Applied, Plan, State
from zester_peel.host.protocol import Host

_log = logging.getLogger(__name__)

_BY_ITSELF = frozenset({Cause.DRIFT, Cause.RESYNC, Cause.BOOT})
_BLOCKED = {
    "watch": "nothing it watches has changed",
    "onchanges": "State was not run because none of the onchanges reqs changed",
    "onfail": "State was not run because onfail req did not change",
    "prereq": "No changes detected",
}
_HIDDEN = "hidden by no_log"

UNMOVED = "nothing of it has changed since it was looked at"


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What a visit found; an Outcome without the node's own words."""

    result: bool | None
    comment: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict)
    skipped: str | None = None
    signatures: Signatures = field(default_factory=dict)
    refreshed: bool = False


@dataclass(frozen=True, slots=True)
class Visit:
    """Observes, plans, applies and observes again, for the states of one run.

    ``changing`` is called before a state changes something. ``promised`` names the state that, in
    test mode, would change first what another one needs. ``act`` has a state apply its plan.
    What changed or failed goes through ``disclosure``.
    """

    host: Host
    sources: Sources
    cause: Cause
    test: bool
    disclosure: Disclosure
    changing: Callable[[Node], Awaitable[None]] | None = None
    promised: Callable[[Node], str] = lambda _: ""
    act: Act = act_alone
    slots: Slots = field(default_factory=FreeSlots)

    async def converge(self, node: Node, standing: Standing) -> Outcome | None:
        """Return what became of the state, None when this run leaves it alone.

        Never raises: what a state does not catch, also a bug in it, is its own failure.
        """
        acting = node.state is not None and node.state.imperative
        if acting and self.cause in _BY_ITSELF and not standing.fired:
            return None
        started, begun = time.time(), time.perf_counter()
        verdict = self._kept(node, standing) or await self._tried(node, standing)
        refreshed = (acting and standing.fired) or verdict.refreshed
        duration = time.perf_counter() - begun
        changes, comment = verdict.changes, verdict.comment
        if node.conduct.secret:
            changes, comment = dict.fromkeys(changes, _HIDDEN), _HIDDEN
        elif changes or verdict.result is not True:
            changes, comment = await self._disclosed(node, changes, comment)
        outcome = Outcome(
            ref=node.ref,
            function=node.function,
            name=node.name,
            id=node.id,
            sls=node.sls,
            at=node.at,
            result=verdict.result,
            changes=changes,
            comment=comment,
            change_class=self._change_class(refreshed) if changes else None,
            skipped=verdict.skipped,
            started=started,
            duration=duration,
            event=node.conduct.event,
            signatures=verdict.signatures,
        )
        loud = changes or verdict.result is not True
        return outcome.concealed(self.disclosure.hide) if loud else outcome

    async def _disclosed(self, node: Node, changes: Mapping[str, Any], comment: str) -> Shown:
        """Return what may be shown; nothing when that cannot be told."""
        try:
            return await self.disclosure.shown(node, changes, comment)
        except Exception:  # a bug of one state with masked settings: what it says stays hidden
            _log.exception("what a state says is hidden", extra={"ref": node.ref})
            return dict.fromkeys(changes, MARK), MARK

    def _kept(self, node: Node, standing: Standing) -> _Verdict | None:
        """Return why the state does not run, None when it may."""
        if node.problem:
            return _Verdict(False, node.problem)
        if standing.failed:
            failed = ", ".join(standing.failed)
            return _Verdict(
                False, f"One or more requisite failed: {failed}", skipped=standing.blocked
            )
        if standing.blocked:
            return _Verdict(True, _BLOCKED[standing.blocked], skipped=standing.blocked)
        if node.state is not None and node.state.reactive and not standing.watch:
            return _Verdict(True, _BLOCKED["watch"], skipped="watch")
        return None

    async def _tried(self, node: Node, standing: Standing) -> _Verdict:
        """Try as often as the state's ``retry`` asks for."""
        verdict = await self._try(node, standing)
        retry = node.conduct.retry
        if retry is None:
            return verdict
        if self.test:
            return replace(verdict, comment=f"{verdict.comment}  {retry}".lstrip())
        said: list[str] = []
        for attempt in range(1, retry.attempts):
            if verdict.result is retry.until:
                break
            said.append(
                f'Attempt {attempt}: Returned a result of "{verdict.result}", with the following'
                f' comment: "{verdict.comment}"'
            )
            jitter = random.uniform(0, retry.splay)  # noqa: S311 - spreads load, keeps no secret
            await anyio.sleep(retry.interval + jitter)
            changes = verdict.changes
            verdict = await self._try(node, standing)
            verdict = replace(verdict, changes={**changes, **verdict.changes})
        return replace(verdict, comment="\n".join([*said, verdict.comment])) if said else verdict

    async def _try(self, node: Node, standing: Standing) -> _Verdict:
        try:
            if node.guards is not None:
                unmet = await node.guards.unmet(self.host)
                if unmet is not None:
                    return _Verdict(True, unmet.comment, skipped=unmet.guard)
            verdict = await self._answered(node, standing)
            return verdict if self.test else await self._checked(node, verdict)
        except ZesterError as error:
            return _Verdict(False, _told(error))

    async def _answered(self, node: Node, standing: Standing) -> _Verdict:
        try:
            return await self._run(node, standing)
        except (HostError, StateError) as error:
            promised = self.promised(node) if self.test else ""
            if promised:
                return _Verdict(None, f"{promised} would change first; as it is now: {error}")
            return _Verdict(False, _told(error))
        except ZesterError as error:
            return _Verdict(False, _told(error))
        except Exception as error:  # a bug in one state must not stop the others
            _log.exception("state crashed", extra={"ref": node.ref, "at": str(node.at)})
            return _Verdict(False, f"bug in {node.function}: {type(error).__name__}: {error}")

    async def _checked(self, node: Node, verdict: _Verdict) -> _Verdict:
        """Let the state's ``check_cmd`` decide whether it succeeded."""
        for command in node.conduct.checks:
            if not await node.shell.succeeds(self.host, command):
                told = f"check_cmd determined the state failed: {command}"
                return replace(verdict, result=False, comment=_lines(verdict.comment, told))
        if not node.conduct.checks:
            return verdict
        told = "check_cmd determined the state succeeded"
        return replace(verdict, result=True, comment=_lines(verdict.comment, told))

    async def _run(self, node: Node, standing: Standing) -> _Verdict:
        state, spec = node.state, await self._resolved(node)
        if state is None:
            raise StateError(f"there is no state function {node.function!r}")
        found = await self._planned(node, state, spec, standing)
        if isinstance(found, _Verdict):
            return found
        if self.test:
            both = _joined(found[0], Applied(), found[1], Applied())
            return _Verdict(None, both.comment, both.changes or {})
        share = node.conduct.share
        if share is None:
            return await self._change(node, state, spec, *found)
        async with self.slots.hold(share) as waited:
            if waited:  # much may have happened meanwhile
                found = await self._planned(node, state, spec, standing)
                if isinstance(found, _Verdict):
                    return found
            return await self._change(node, state, spec, *found)

    async def _planned(
        self, node: Node, state: State[Any, Any], spec: BaseModel, standing: Standing
    ) -> _Verdict | tuple[Plan, Plan]:
        """Return what there is to do, and to refresh; a verdict when it is nothing.

        A new revision that leaves a state as it was finds it as it was seen: that was looked into
        then, and is again whenever nothing is new.
        """
        proof = node.proof(self.host)
        if (
            proof is not None
            and node.seen == proof.mark
            and self.cause is Cause.REVISION
            and not standing.watch
        ):
            return _Verdict(True, UNMOVED, signatures=proof.signatures)
        node.seen = None
        signatures, observed = await look(self.host, node, state, spec)
        plan: Plan = state.plan(spec, observed)
        refreshing = state.refreshing(spec, observed) if standing.watch else Plan()
        if not plan and not refreshing:
            node.seen = None if proof is None else proof.mark
            return _Verdict(True, plan.comment, signatures=signatures)
        return plan, refreshing

    async def _change(
        self, node: Node, state: State[Any, Any], spec: BaseModel, plan: Plan, refreshing: Plan
    ) -> _Verdict:
        if self.changing is not None:
            await self.changing(node)
        applied = refreshed = Applied()
        if plan:
            applied = await self.act(state, self.host, spec, plan) or applied
        if refreshing and applied.result:
            refreshed = await state.refresh(self.host, spec, refreshing) or refreshed
        done = _joined(plan, applied, refreshing, refreshed)
        changes = done.changes or {}
        if not done.result or state.imperative:
            return _Verdict(done.result, done.comment, changes)
        held = await self._held(node, state, spec, changes, done.comment)
        return replace(held, refreshed=not plan)

    async def _held(
        self,
        node: Node,
        state: State[Any, Any],
        spec: BaseModel,
        changes: Mapping[str, Any],
        comment: str,
    ) -> _Verdict:
        """Look again: a state that still wants changes has failed."""
        proof = node.proof(self.host)
        signatures, observed = await look(self.host, node, state, spec)
        again = state.plan(spec, observed)
        if again:
            open_changes = ", ".join(map(str, again.changes))
            return _Verdict(False, f"did not hold: {again.comment} ({open_changes})", changes)
        node.seen = None if proof is None else proof.mark
        return _Verdict(True, comment, changes, signatures=signatures)

    async def _resolved(self, node: Node) -> BaseModel:
        """Return the spec with content filled in; asks the tree only until that worked once."""
        if node.state is None or node.spec is None:
            raise StateError(f"{node.function} cannot run without parameters")
        if node.unresolvable:
            raise StateError(node.unresolvable)
        if not node.resolved:
            taking = Taking(self.sources)
            try:
                resolved = await node.state.resolve(node.spec, taking, sls=node.sls)
            except TransientError:
                raise
            except ZesterError as error:
                node.unresolvable = _told(error)
                raise
            node.spec = slim(resolved)
            node.taken = taking.taken if node.state.lasting(node.spec) else None
            node.resolved = True
        return node.spec

    def _change_class(self, refreshed: bool) -> ChangeClass:
        if refreshed:
            return ChangeClass.REFRESHED
        return ChangeClass.CORRECTED if self.cause in _BY_ITSELF else ChangeClass.INTENDED


def _joined(plan: Plan, applied: Applied, refreshing: Plan, refreshed: Applied) -> Applied:
    """Return what both did; the comment of a plan that has nothing to do says nothing."""
    changes: dict[str, Any] = {}
    comments: list[str] = []
    for wanted, found in ((plan, applied), (refreshing, refreshed)):
        if wanted:
            changes |= wanted.changes if found.changes is None else found.changes
            comments.append(found.comment or wanted.comment)
    result = applied.result and refreshed.result
    return Applied(changes, "; ".join(filter(None, comments)), result)


def _lines(comment: str, told: str) -> str:
    return f"{comment}; {told}" if comment else told


def _told(error: ZesterError) -> str:
    return f"{error}; {error.hint}" if error.hint else str(error)
