"""The top file: which files a node gets."""

from __future__ import annotations

from collections.abc import Mapping

from zester.compiler.roots import find_roots
from zester.compiler.state_file import StateFile
from zester.compiler.state_root import SUFFIXES, StateRoot
from zester.dataclass import dataclass
from zester.errors import At, CompileError
from zester.resources.files import Files
from zester.targeting.value import Value
from zester.templating.recorded import RecordedFiles

TOP = "top"
MORE = "top.d/"
"""Folder beside the top file: more top files, in the order of their names. What they give comes on
top of what the others give to the same target, so that many writers can share an environment."""

OPTIONS = ("match", "order", "ignore_missing")
MODES = ("enforce", "observe")
"""What ``mode`` may say: whether the states that a target gives are only looked at."""

DEFAULT_KIND = "compound"
"""How a target without ``match`` is read: the compound grammar, in which a bare word is a glob."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """One file of a node's target; ``at`` is where the top file names it.

    ``observe``: what its states differ in is told and left alone.
    """

    sls: str
    at: At
    ignore_missing: bool = False
    env: str = "base"
    observe: bool = False


@dataclass(frozen=True, slots=True)
class TopTarget:
    """One target of a top file; ``sls`` may hold wildcards. ``kind`` is None when not written."""

    expression: str
    match: str | None
    order: int
    files: tuple[Assignment, ...]
    at: At

    @property
    def kind(self) -> str:
        return self.match or DEFAULT_KIND


def has_top(files: Files) -> bool:
    """Return whether a tree says which states a node gets."""
    recorded = RecordedFiles(files)
    root = StateRoot(recorded, find_roots(recorded).states)
    return root.spelled(TOP) is not None or bool(root.below(MORE))


def is_top(name: str) -> bool:
    """Return whether a file, its name counted from a root, is a top file."""
    if not name.endswith(SUFFIXES):
        return False
    stem = name.rpartition(".")[0]
    return stem == TOP or (stem.startswith(MORE) and "/" not in stem[len(MORE) :])


def sections(file: StateFile) -> list[str]:
    """Return the environments a top file speaks of; raises CompileError."""
    found = []
    for env in file.data:
        if not isinstance(env, str) or not env:
            raise file.error(f"{env!r} is no name of an environment", env)
        if env != "include":
            found.append(env)
    return found


def top_targets(file: StateFile, env: str) -> list[TopTarget]:
    """Return the targets of an environment; raises CompileError."""
    targets = file.data.get(env)
    if targets is None:
        return []
    if not isinstance(targets, Mapping):
        raise file.error(
            f"environment {env!r} must hold a mapping of targets",
            env,
            hint="at the top of a top file stand environments: base:, below it '*':",
        )
    return [_target(file, env, key, value) for key, value in targets.items()]


def _target(file: StateFile, env: str, expression: Value, entries: Value) -> TopTarget:
    if isinstance(entries, str):
        entries = [entries]
    if not isinstance(entries, list):
        raise file.error(f"target {expression!r} must hold a list of state files", env, expression)
    options: dict[str, Value] = {}
    names: list[tuple[str, str, At]] = []
    for index, entry in enumerate(entries):
        if isinstance(entry, str):
            names.append((env, entry, file.at(env, expression, index)))
        elif isinstance(entry, Mapping) and all(key in (*OPTIONS, "mode") for key in entry):
            options.update(entry)
        else:
            other, sls = _elsewhere(file, entry, (env, expression, index))
            names.append((other, sls, file.at(env, expression, index)))
    skip = bool(options.get("ignore_missing"))
    at = file.at(env, expression)
    kind, mode = options.get("match"), options.get("mode", MODES[0])
    if mode not in MODES:
        raise CompileError(f"mode must be {' or '.join(MODES)}, not {mode!r}", at=at)
    observe = mode == "observe"
    return TopTarget(
        str(expression),
        None if kind is None else str(kind),
        _order(options.get("order", 0), at),
        tuple(Assignment(sls, place, skip, other, observe) for other, sls, place in names),
        at,
    )


def _elsewhere(file: StateFile, entry: Value, path: tuple[Value, ...]) -> tuple[str, str]:
    """Read ``dev: web``, a state file of another environment."""
    if isinstance(entry, Mapping) and len(entry) == 1:
        ((env, sls),) = entry.items()
        if isinstance(env, str) and isinstance(sls, str) and not _mistyped(env):
            return env, sls
    known = ", ".join((*OPTIONS, "mode"))
    raise file.error(f"{entry!r} is neither a state file nor one of {known}", *path)


def _mistyped(env: str) -> bool:
    from difflib import get_close_matches  # late: few top files name other environments

    return bool(get_close_matches(env, OPTIONS, n=1, cutoff=0.7))


def _order(order: Value, at: At) -> int:
    if isinstance(order, str) and order.lstrip("-").isdecimal():
        order = int(order)
    if not isinstance(order, int):
        raise CompileError(f"order {order!r} is not a number", at=at)
    return order


def missing_file(assignment: Assignment, what: str, prefix: str) -> CompileError:
    """Return the error for an assigned file that does not exist."""
    stem = assignment.sls.replace(".", "/")
    return CompileError(
        f"there is no {what} {assignment.sls!r}",
        at=assignment.at,
        hint=f"looked for {prefix}{stem}.zy, .sls and {prefix}{stem}/init.zy, .sls",
    )


def observed_settings(assignment: Assignment) -> CompileError:
    """Return the error for settings that are assigned to be observed."""
    return CompileError(
        f"settings file {assignment.sls!r} cannot be observed: settings are given or not",
        at=assignment.at,
        hint="mode is for states",
    )
