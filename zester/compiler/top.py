"""The top file: which files a node gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zester.compiler.roots import find_roots
from zester.compiler.state_file import StateFile, load_state_file
from zester.compiler.state_root import StateRoot
from zester.errors import At, CompileError
from zester.resources.files import Files
from zester.targeting.matcher import match
from zester.targeting.node import NodeView
from zester.targeting.parser import parse_target
from zester.targeting.value import Value
from zester.templating.recorded import RecordedFiles
from zester.templating.renderer import Renderer

TOP = "top"
OPTIONS = ("match", "order", "ignore_missing")


@dataclass(frozen=True, slots=True)
class Assignment:
    """One file of a node's target; ``at`` is where the top file names it."""

    sls: str
    at: At
    ignore_missing: bool = False


@dataclass(frozen=True, slots=True)
class TopTarget:
    """One target of a top file; ``sls`` may hold wildcards."""

    expression: str
    kind: str
    order: int
    files: tuple[Assignment, ...]
    at: At


def assignments(
    renderer: Renderer, root: StateRoot, node: NodeView, env: str
) -> tuple[Assignment, ...] | None:
    """Return what the top file gives a node, in order, None when there is no top file."""
    name = root.spelled(TOP)
    if name is None:
        return None
    file = load_state_file(renderer, name, TOP)
    matched = [
        target
        for target in top_targets(file, env)
        if match(parse_target(target.expression, kind=target.kind, at=target.at), node)
    ]
    matched.sort(key=lambda target: target.order)
    found: dict[str, Assignment] = {}
    for target in matched:
        for assignment in target.files:
            for sls in root.matching(assignment.sls):
                found.setdefault(sls, Assignment(sls, assignment.at, assignment.ignore_missing))
    return tuple(found.values())


def has_top(files: Files) -> bool:
    """Return whether a tree says which states a node gets."""
    recorded = RecordedFiles(files)
    return StateRoot(recorded, find_roots(recorded).states).spelled(TOP) is not None


def top_targets(file: StateFile, env: str) -> list[TopTarget]:
    """Return the targets of an environment; raises CompileError."""
    targets = file.data.get(env)
    if targets is None:
        return []
    if not isinstance(targets, Mapping):
        raise file.error(f"environment {env!r} must hold a mapping of targets", env)
    return [_target(file, env, key, value) for key, value in targets.items()]


def _target(file: StateFile, env: str, expression: Value, entries: Value) -> TopTarget:
    if isinstance(entries, str):
        entries = [entries]
    if not isinstance(entries, list):
        raise file.error(f"target {expression!r} must hold a list of state files", env, expression)
    options: dict[str, Value] = {}
    names: list[tuple[str, At]] = []
    for index, entry in enumerate(entries):
        if isinstance(entry, str):
            names.append((entry, file.at(env, expression, index)))
        elif isinstance(entry, Mapping) and all(key in OPTIONS for key in entry):
            options.update(entry)
        else:
            raise file.error(
                f"{entry!r} is neither a state file nor one of {', '.join(OPTIONS)}",
                *(env, expression, index),
            )
    order = options.get("order", 0)
    if not isinstance(order, int):
        raise file.error(f"order {order!r} is not a number", env, expression)
    skip = bool(options.get("ignore_missing"))
    files = tuple(Assignment(name, at, skip) for name, at in names)
    at = file.at(env, expression)
    return TopTarget(str(expression), str(options.get("match", "compound")), order, files, at)


def missing_file(assignment: Assignment, what: str, prefix: str) -> CompileError:
    """Return the error for an assigned file that does not exist."""
    stem = assignment.sls.replace(".", "/")
    return CompileError(
        f"there is no {what} {assignment.sls!r}",
        at=assignment.at,
        hint=f"looked for {prefix}{stem}.zy, .sls and {prefix}{stem}/init.zy, .sls",
    )
