"""A draft of which everything can be followed: what cannot stays as it was published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from zester.compiler.assigned.top import is_top
from zester.compiler.checks.sealing import SealPlan, plan_sealing
from zester.compiler.checks.tree import check_tree
from zester.compiler.checks.trusted_targets import untrusted_targets
from zester.compiler.tree_options import read_tree_options
from zester.dataclass import dataclass
from zester.errors import SourceError, TargetError
from zester_controller.mirror.plan.candidate import Candidate
from zester_controller.mirror.plan.draft import Draft, Fresh, Ground, Problems, draft_of
from zester_controller.mirror.plan.files import Surroundings, nobody_file
from zester_controller.mirror.plan.problem import Problem, told
from zester_controller.mirror.plan.view import DraftView

ROUNDS = 16
"""An object that is left out may be missed by another, and that by a third; so far it is followed.
"""


@dataclass(frozen=True, slots=True)
class Checked:
    """A draft and what of it travels sealed."""

    draft: Draft
    sealing: SealPlan


def checked_draft(
    candidates: Sequence[Candidate],
    ground: Ground,
    where: Surroundings,
    beside: Mapping[str, bytes],
) -> Checked:
    """Return the draft without what is wrong; takes long for many files, so not in a loop."""
    known: Problems = {}
    spoiled: set[str] = set()
    for last in (*(False,) * ROUNDS, True):
        draft = draft_of(candidates, ground, where, known, spoiled)
        view = DraftView(draft, beside, ground.tops)
        found, carried = _wrong(draft, view, candidates)
        if not (found or carried) or last:
            break
        known = {**found, **known}
        spoiled |= carried
    draft = _with_top(draft, ground, where, beside)
    return Checked(draft, plan_sealing(view))


def _with_top(
    draft: Draft, ground: Ground, where: Surroundings, beside: Mapping[str, bytes]
) -> Draft:
    """Keep a top file there where the last assignment went: a tree without any is a mistake."""
    root = where.layout.states

    def assigns(paths: Iterable[str]) -> bool:
        return any(path.startswith(root) and is_top(path.removeprefix(root)) for path in paths)

    if not draft.paths or assigns(draft.paths) or assigns(beside) or not assigns(ground.previous):
        return draft
    path, nobody = nobody_file(where)
    return replace(draft, fresh={**draft.fresh, path: Fresh(nobody, "")})


def _wrong(
    draft: Draft, view: DraftView, candidates: Sequence[Candidate]
) -> tuple[Problems, set[str]]:
    """Return what is wrong with the files of each object, and which published files are wrong."""
    problems = list(check_tree(view))
    try:
        strict = read_tree_options(view).require_trusted_targets
    except SourceError as error:
        problems.append(error)
        strict = False
    if strict:
        problems += untrusted_targets(view)
    by_origin = {each.origin: each for each in candidates}
    found: dict[str, list[SourceError]] = {}
    spoiled: set[str] = set()
    for problem in problems:
        path = problem.at.file if problem.at else ""
        who = by_origin.get(draft.owners.get(path, ""))
        if path in draft.carried:
            spoiled.add(path)
        if who is not None:
            found.setdefault(who.uid, []).append(problem)
    plurals = {each.uid: each.key.plural for each in candidates}
    return {uid: _problem(errors, plurals[uid]) for uid, errors in found.items()}, spoiled


def _problem(errors: list[SourceError], plural: str) -> Problem:
    if plural == "topassignments":
        # The file is of our making: its place says nothing to whoever wrote the object.
        target = any(isinstance(error, TargetError) for error in errors)
        missing = not target and all("there is no" in error.message for error in errors)
        reason = "ReferenceNotFound" if missing else "InvalidSpec"
        return Problem(reason, told([error.message for error in errors]))
    return Problem("RenderFailed", told([str(error) for error in errors]))
