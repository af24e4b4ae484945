"""The files that an object stands for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from zester.compiler.assigned.top import MORE
from zester.dataclass import dataclass
from zester.errors import InvalidKey
from zester.resources.kubernetes.kinds.settings import Merge, Settings
from zester.resources.kubernetes.kinds.state_tree import StateTree
from zester.resources.kubernetes.kinds.top_assignment import TopAssignment
from zester.resources.kubernetes.parts.reference import KeyReference
from zester.resources.kubernetes.resource import CustomResource
from zester.resources.manifest import Wish
from zester.resources.tree_path import check_tree_path
from zester_controller.mirror.plan.layout import Layout
from zester_controller.mirror.plan.problem import Problem
from zester_controller.mirror.plan.references import (
    CONFIG_MAPS,
    REFUSED,
    SECRETS,
    Reference,
    Referred,
)

_MERGES: Mapping[Merge, tuple[Wish, ...]] = {"list": ("list",), "overwrite": ("overwrite",)}
"""What is asked of peels; smart and recurse are what they do anyway."""


@dataclass(frozen=True, slots=True)
class Made:
    """Files by path, or why there are none; ``wishes`` is what each of them asks for."""

    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    problem: Problem | None = None
    wishes: tuple[Wish, ...] = ()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What files depend on besides the object; ``cluster`` is this cluster's id."""

    env: str
    cluster: str
    layout: Layout
    referred: Referred = field(repr=False)


def files_of(resource: CustomResource, where: Surroundings) -> Made:
    """Return the files of an object of a kind that is published."""
    if isinstance(resource, StateTree):
        return _state_tree(resource, where)
    if isinstance(resource, TopAssignment):
        return _top_assignment(resource, where)
    if isinstance(resource, Settings):
        return _settings(resource, where)
    raise TypeError(f"objects of kind {type(resource).__name__} are no files")


def _state_tree(tree: StateTree, where: Surroundings) -> Made:
    files: dict[str, bytes] = {}
    for source in tree.spec.files_from or ():
        reference = Reference(CONFIG_MAPS, tree.metadata.namespace, source.config_map_ref.name)
        data = where.referred[reference]
        if data is REFUSED:
            return _refused(reference)
        if data is None:
            if source.optional:
                continue
            return _absent(reference)
        prefix = f"{source.prefix}/" if source.prefix else ""
        files.update((prefix + key, text) for key, text in data.items())
    files.update((path, text.encode()) for path, text in (tree.spec.files or {}).items())
    try:
        for path in files:
            check_tree_path(path)
    except InvalidKey as error:
        return Made(problem=Problem("InvalidSpec", error.message))
    return Made(files, wishes=_wishes(tree))


def _wishes(tree: StateTree) -> tuple[Wish, ...]:
    """Return what a tree asks for; what is only looked at is not taken away either."""
    if tree.spec.mode == "observe":
        return ("observe",)
    return ("prune",) if tree.spec.prune and tree.spec.deletion_policy == "Delete" else ()


def _top_assignment(top: TopAssignment, where: Surroundings) -> Made:
    spec, metadata, layout = top.spec, top.metadata, where.layout
    name = f"{spec.priority:04d}-{where.cluster}-{metadata.namespace}-{metadata.name}.zy"
    given = (
        (layout.states, spec.states, spec.mode == "observe"),
        (layout.settings, spec.settings, False),
    )
    return Made(
        {
            f"{root}{MORE}{name}": _top_file(where.env, spec.target, names, observe=observe)
            for root, names, observe in given
            if names
        }
    )


def nobody_file(where: Surroundings) -> tuple[str, bytes]:
    """Return path and text of a top file that gives nothing to anybody."""
    path = f"{where.layout.states}{MORE}0000-{where.cluster}.zy"
    return path, f"#!yaml\n{_quoted(where.env)}: {{}}\n".encode()


def _top_file(env: str, target: str, names: tuple[str, ...], *, observe: bool) -> bytes:
    """Write a top file; without Jinja, for a target is no template."""
    lines = ["#!yaml", f"{_quoted(env)}:", f"  {_quoted(target)}:"]
    lines += ["    - mode: observe"] if observe else []
    lines += [f"    - {_quoted(name)}" for name in names]
    return ("\n".join(lines) + "\n").encode()


def _quoted(text: str) -> str:
    """Write a text so that YAML reads it as it is, whatever is in it."""
    plain = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() or c == " " else f"\\U{ord(c):08X}" for c in plain)


def _settings(settings: Settings, where: Surroundings) -> Made:
    spec = settings.spec
    path, wishes = where.layout.settings + spec.path, _MERGES.get(spec.merge, ())
    if spec.template is not None:
        if spec.values_from:
            message = "valuesFrom goes together with data, not with a template"
            return Made(problem=Problem("InvalidSpec", message))
        return Made({path: spec.template.encode()}, wishes=wishes)
    data: dict[str, Any] = json.loads(json.dumps(spec.data or {}))
    for value in spec.values_from or ():
        source = value.secret_key_ref or value.config_map_key_ref
        if source is None:
            continue
        plural = SECRETS if value.secret_key_ref is not None else CONFIG_MAPS
        reference = Reference(plural, settings.metadata.namespace, source.name)
        problem = _put(data, value.target_path, source, reference, where.referred[reference])
        if problem is not None:
            return Made(problem=problem)
    text = json.dumps(data, ensure_ascii=False, indent=1)
    return Made({path: b"#!json\n" + text.encode()}, wishes=wishes)


def _put(
    data: dict[str, Any],
    place: str,
    source: KeyReference,
    reference: Reference,
    found: Mapping[str, bytes] | None,
) -> Problem | None:
    """Put one value where it belongs; what goes wrong is told without the value."""
    if found is REFUSED:  # what is optional is not taken away for that
        return _refused(reference).problem
    if found is None or source.key not in found:
        missing = f"{reference} has no key {source.key!r}" if found is not None else ""
        return None if source.optional else _absent(reference, missing).problem
    try:
        text = found[source.key].decode()
    except UnicodeDecodeError:
        return Problem("InvalidSpec", f"{reference}: key {source.key!r} is not UTF-8")
    *parents, last = place.replace(":", ".").split(".")
    into = data
    for parent in parents:
        below = into.setdefault(parent, {})
        if not isinstance(below, dict):
            return Problem("InvalidSpec", f"targetPath {place!r}: {parent!r} holds a value already")
        into = below
    into[last] = text
    return None


def _absent(reference: Reference, message: str = "") -> Made:
    said = message or f"there is no {reference} in this namespace"
    return Made(problem=Problem("ReferenceNotFound", said))


def _refused(reference: Reference) -> Made:
    said = f"the roles of the master do not let it read {reference} in this namespace"
    return Made(problem=Problem("ReferenceNotFound", said))
