"""What one revision asks of this machine, ready to run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from types import MappingProxyType
from typing import Any

from zester.compiler.lowstate import LowChunk
from zester.compiler.requisites.accumulation import hand_over
from zester.compiler.requisites.index import RequisiteIndex
from zester.dataclass import dataclass
from zester.errors import At, CompileError, ParameterError, ZesterError
from zester_peel.engine.graph import Cycle, Graph, Needs, build_graph
from zester_peel.engine.known import Known, key_of
from zester_peel.engine.node import NO_REQUISITES, Node
from zester_peel.engine.parameters import accepted_names, read_spec
from zester_peel.engine.run.conduct import read_conduct
from zester_peel.engine.run.guards import Functions, read_guards
from zester_peel.engine.run.requisites import CARRIED_OUT, FIRING, LATER, PREREQUIRED
from zester_peel.engine.run.shell import ARGUMENTS, read_shell
from zester_peel.engine.state import State
from zester_peel.engine.suggestion import suggest
from zester_peel.engine.watch import Watch

Registry = Mapping[str, State[Any, Any]]

_NO_NEEDS = Needs()
_ANYWHERE = frozenset(("runas", "umask"))
"""Arguments that every state takes, for its guards."""


@dataclass(slots=True, eq=False)
class Program:
    """The states of one revision in definition order, and the order in which they may run.

    Kept as long as the revision is the wished one: resolved specs stay on its nodes. ``previews``
    are places of the graph beyond the nodes, by node: there a state that somebody's ``prereq``
    names is looked at for the first time.
    """

    nodes: tuple[Node, ...]
    graph: Graph
    previews: Mapping[int, int] = field(default_factory=dict)
    _positions: dict[str, int] = field(init=False, repr=False)
    _together: dict[int, list[int]] = field(init=False, repr=False)
    _debtors: dict[int, tuple[str, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._positions = {node.ref: position for position, node in enumerate(self.nodes)}
        self._together = {}
        debtors: dict[int, dict[str, None]] = {}
        for position, node in enumerate(self.nodes):
            for kind, targets in node.requisites.items():
                if kind not in FIRING and kind not in ("prereq", PREREQUIRED):
                    continue
                owing = kind in FIRING and (node.refreshable or kind.startswith("onchanges"))
                for target in targets:
                    self._together.setdefault(target, []).append(position)
                    if owing:
                        debtors.setdefault(target, {})[node.ref] = None
        self._debtors = {position: tuple(refs) for position, refs in debtors.items()}

    def __len__(self) -> int:
        return len(self.nodes)

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes)

    def __contains__(self, ref: object) -> bool:
        return ref in self._positions

    def __getitem__(self, ref: str) -> Node:
        return self.nodes[self._positions[ref]]

    def watches(self) -> Mapping[Watch, tuple[str, ...]]:
        """Return what would reveal drift, and the refs of the states it is about."""
        found: dict[Watch, list[str]] = {}
        for node in self.nodes:
            for watch in set(node.watches()):
                found.setdefault(watch, []).append(node.ref)
        return {watch: tuple(refs) for watch, refs in found.items()}

    def affected(self, refs: frozenset[str]) -> frozenset[int]:
        """Return the positions of these refs and of all that may have to act with them.

        That is who watches them and both sides of a ``prereq``, also indirectly. Refs that are not
        in the program are passed over.
        """
        found: set[int] = set()
        pending = [self._positions[ref] for ref in refs if ref in self._positions]
        while pending:
            position = pending.pop()
            if position not in found:
                found.add(position)
                pending.extend(self._together.get(position, ()))
        return frozenset(found)

    def debtors(self, position: int) -> tuple[str, ...]:
        """Return the refs of those who have to act when this state changes."""
        return self._debtors.get(position, ())


def build_program(
    chunks: Sequence[LowChunk],
    registry: Registry,
    functions: Functions = MappingProxyType({}),
    shown_ref: Callable[[str], str] = str,
    known: Known | None = None,
) -> Program:
    """Return the program for a low state; ``shown_ref`` takes secrets out of what it goes by.

    What is ``known`` of the program before is not read and checked again.
    What is wrong with one state becomes that state's failure when it runs; only requisites that
    go round in a circle make the whole a CompileError.
    """
    ordered = hand_over(sorted(chunks, key=lambda chunk: chunk.order))
    index = RequisiteIndex(ordered)
    nodes = [
        (None if known is None else known.node(chunk, ref))
        or _node(chunk, ref, registry, functions)
        for chunk, ref in zip(ordered, map(shown_ref, _refs(ordered)), strict=True)
    ]
    for position, (chunk, node) in enumerate(zip(ordered, nodes, strict=True)):
        if chunk.requisites:
            _connect(node, chunk, position, index)
    previews = _previews(nodes)
    wanted, keys = _wanted(nodes, previews)
    needs = [_needs(node) for node in nodes]
    _introduce(nodes, needs)
    needs += [Needs(requires=needs[target].requires) for target in previews]
    try:
        graph = build_graph(wanted, needs, keys)
    except Cycle as cycle:
        shown = [*nodes, *(nodes[target] for target in previews)]
        raise _cycle_error([shown[each] for each in cycle.positions]) from cycle
    return Program(nodes=tuple(nodes), graph=graph, previews=previews)


def _previews(nodes: Sequence[Node]) -> dict[int, int]:
    """Give each target of a ``prereq`` a place of its own, and tell it who comes before it."""
    previews: dict[int, int] = {}
    for position, node in enumerate(nodes):
        for target in node.requisites.get("prereq", ()):
            previews.setdefault(target, len(nodes) + len(previews))
            known = nodes[target].requisites
            earlier = (*known.get(PREREQUIRED, ()), position)
            nodes[target].requisites = {**known, PREREQUIRED: earlier}
    return previews


def _wanted(
    nodes: Sequence[Node], previews: Mapping[int, int]
) -> tuple[list[set[int]], list[int] | None]:
    """Return what each place waits for, and keys of definition order where there are previews."""
    wanted = [
        {each for kind, group in node.requisites.items() if kind not in LATER for each in group}
        for node in nodes
    ]
    if not previews:
        return wanted, None
    for target in previews:
        requisites = nodes[target].requisites
        before = wanted[target] - set(requisites[PREREQUIRED])
        before |= {previews[each] for each in requisites.get("prereq", ())}
        wanted.append(before)
    keys = [2 * position + 1 for position in range(len(nodes))]
    keys += [2 * min(nodes[target].requisites[PREREQUIRED]) for target in previews]
    for position, node in enumerate(nodes):
        wanted[position] |= {previews[each] for each in node.requisites.get("prereq", ())}
    return wanted, keys


def _refs(chunks: Sequence[LowChunk]) -> list[str]:
    """Return a unique name for each chunk that stays the same over revisions."""
    shared: dict[str, int] = {}
    for chunk in chunks:
        short = f"{chunk.function}:{chunk.id}"
        shared[short] = shared.get(short, 0) + 1
    seen: dict[str, int] = {}
    refs = []
    for chunk in chunks:
        ref = f"{chunk.function}:{chunk.id}"
        if shared[ref] > 1:
            ref = f"{ref}:{chunk.name}"
        seen[ref] = seen.get(ref, 0) + 1
        refs.append(ref if seen[ref] == 1 else f"{ref}#{seen[ref]}")
    return refs


def _node(chunk: LowChunk, ref: str, registry: Registry, functions: Functions) -> Node:
    node = Node(ref, sys.intern(chunk.function), chunk.name, chunk.id, chunk.sls, chunk.at)
    node.key, node.prunes = key_of(chunk), chunk.prunes
    node.state = registry.get(chunk.function)
    if node.state is None:
        node.problem = (
            f"{chunk.at}: there is no state function {chunk.function!r}"
            f"{suggest(chunk.function, registry)}"
        )
        return node
    try:
        own = accepted_names(node.state.spec)
        args = {**chunk.args, **{key: value for key, value in chunk.options.items() if key in own}}
        node.shell = read_shell(chunk.args, chunk.options.get("cmd_opts_exclude"))
        for key in ARGUMENTS:
            if key not in own and (
                key in _ANYWHERE or chunk.guards or "check_cmd" in chunk.options
            ):
                args.pop(key, None)
        node.spec = read_spec(chunk.function, node.state.spec, chunk.name, args)
        node.guards = read_guards(chunk.guards, node.shell, functions)
        left = {key: value for key, value in chunk.options.items() if key not in own}
        node.conduct = read_conduct(left, chunk.name, chunk.id)
    except ParameterError as error:
        node.problem = _told(chunk.at, error)
    return node


def _connect(node: Node, chunk: LowChunk, position: int, index: RequisiteIndex) -> None:
    """Resolve the chunk's requisites; what cannot be resolved becomes the node's problem."""
    found: dict[str, tuple[int, ...]] = {}
    missing: list[str] = []
    left_out: list[str] = []
    for kind, targets in chunk.requisites.items():
        if kind not in CARRIED_OUT and not kind.endswith("_in"):
            left_out.append(kind)
            continue
        positions: set[int] = set()
        for module, target in targets:
            meant = index.find(module, target, asker=position)
            if meant is None:
                missing.append(f"{kind}: {index.explain(module, target)}")
            else:
                positions.update(meant)
        if positions:
            found[kind] = tuple(sorted(positions))
    node.requisites = found or NO_REQUISITES
    if node.problem:
        return
    if left_out:
        named = ", ".join(map(repr, left_out))
        node.problem = f"{chunk.at}: there is no requisite {named}"
    elif missing:
        node.problem = f"{chunk.at}: requisites not found: {'; '.join(missing)}"


def _needs(node: Node) -> Needs:
    if node.state is None or node.spec is None or node.problem:
        return _NO_NEEDS
    return Needs(
        requires=node.requires(),
        provides=node.provides(),
        locks=tuple(node.state.locks(node.spec)),
    )


def _introduce(nodes: Sequence[Node], needs: Sequence[Needs]) -> None:
    """Tell each state what the others provide."""
    provided = tuple(sorted({each for need in needs for each in need.provides}))
    for node in nodes:
        if node.state is not None and node.spec is not None and not node.problem:
            node.spec = node.state.beside(node.spec, provided)


def _cycle_error(nodes: Sequence[Node]) -> CompileError:
    steps = " → ".join(f"{node.ref} ({node.at})" for node in nodes)
    return CompileError(
        f"requisites go round in a circle: {steps}",
        at=nodes[0].at,
        hint="drop one of these requisites: each state waits for the next",
    )


def _told(at: At, error: ZesterError) -> str:
    return f"{at}: {error}" + (f"; {error.hint}" if error.hint else "")
