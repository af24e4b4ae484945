"""What one revision asks of this machine, ready to run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel

from zester.compiler.lowstate import LowChunk
from zester.compiler.requisites.index import RequisiteIndex
from zester.errors import At, CompileError, ParameterError, ZesterError
from zester_peel.engine.graph import Cycle, Graph, Needs, build_graph
from zester_peel.engine.guards import Guards, read_guards
from zester_peel.engine.parameters import accepted_names, read_spec
from zester_peel.engine.requisites import CARRIED_OUT, FIRING
from zester_peel.engine.state import State
from zester_peel.engine.suggestion import suggest
from zester_peel.engine.watch import Watch

Registry = Mapping[str, State[Any, Any]]

_NONE: Mapping[str, tuple[int, ...]] = MappingProxyType({})
_NO_NEEDS = Needs()
_OFF: tuple[Any, ...] = (None, False, [], "")
_NEEDLESS = frozenset(("aggregate", "onfail_stop", "parallel", "reload_modules"))
"""Options there is nothing to do for: states run side by side, and each finds what is there."""


@dataclass(slots=True, eq=False)
class Node:
    """One state of a program.

    ``problem`` says why it cannot run at all; ``state`` and ``spec`` may be missing then. ``spec``
    is as written until ``resolved``; ``unresolvable`` says why resolving will never work.
    """

    ref: str
    function: str
    name: str
    id: str
    sls: str
    at: At
    state: State[Any, Any] | None = None
    spec: BaseModel | None = None
    problem: str = ""
    requisites: Mapping[str, tuple[int, ...]] = field(default_factory=lambda: _NONE)
    guards: Guards | None = None
    resolved: bool = False
    unresolvable: str = ""

    def watches(self) -> tuple[Watch, ...]:
        """Return what would reveal that this state drifted."""
        if self.state is None or self.spec is None or self.problem:
            return ()
        return tuple(self.state.watches(self.spec))


@dataclass(slots=True, eq=False)
class Program:
    """The states of one revision in definition order, and the order in which they may run.

    Kept as long as the revision is the wished one: resolved specs stay on its nodes.
    """

    nodes: tuple[Node, ...]
    graph: Graph
    _positions: dict[str, int] = field(init=False, repr=False)
    _listeners: dict[int, list[int]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._positions = {node.ref: position for position, node in enumerate(self.nodes)}
        self._listeners = {}
        for position, node in enumerate(self.nodes):
            for kind in FIRING:
                for target in node.requisites.get(kind, ()):
                    self._listeners.setdefault(target, []).append(position)

    def __len__(self) -> int:
        return len(self.nodes)

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes)

    def __contains__(self, ref: object) -> bool:
        return ref in self._positions

    def __getitem__(self, ref: str) -> Node:
        return self.nodes[self._positions[ref]]

    def affected(self, refs: frozenset[str]) -> frozenset[int]:
        """Return the positions of these refs and of all that watch them, also indirectly.

        Refs that are not in the program are passed over.
        """
        found: set[int] = set()
        pending = [self._positions[ref] for ref in refs if ref in self._positions]
        while pending:
            position = pending.pop()
            if position not in found:
                found.add(position)
                pending.extend(self._listeners.get(position, ()))
        return frozenset(found)


def build_program(chunks: Sequence[LowChunk], registry: Registry) -> Program:
    """Return the program for a low state.

    What is wrong with one state becomes that state's failure when it runs; only requisites that
    go round in a circle make the whole a CompileError.
    """
    ordered = sorted(chunks, key=lambda chunk: chunk.order)
    index = RequisiteIndex(ordered)
    nodes = [
        _node(chunk, ref, registry) for chunk, ref in zip(ordered, _refs(ordered), strict=True)
    ]
    for position, (chunk, node) in enumerate(zip(ordered, nodes, strict=True)):
        if chunk.requisites:
            _connect(node, chunk, position, index)
    wanted = [{each for group in node.requisites.values() for each in group} for node in nodes]
    try:
        graph = build_graph(wanted, [_needs(node) for node in nodes])
    except Cycle as cycle:
        raise _cycle_error([nodes[each] for each in cycle.positions]) from cycle
    return Program(nodes=tuple(nodes), graph=graph)


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


def _node(chunk: LowChunk, ref: str, registry: Registry) -> Node:
    node = Node(ref, chunk.function, chunk.name, chunk.id, chunk.sls, chunk.at)
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
        node.spec = read_spec(chunk.function, node.state.spec, chunk.name, args)
        node.guards = read_guards(chunk.guards, chunk.args)
    except ParameterError as error:
        node.problem = _told(chunk.at, error)
        return node
    left_out = [
        key
        for key, value in chunk.options.items()
        if key not in own and key not in _NEEDLESS and value not in _OFF
    ]
    if left_out:
        node.problem = _not_carried_out(chunk, "option", left_out)
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
    node.requisites = found or _NONE
    if node.problem:
        return
    if left_out:
        node.problem = _not_carried_out(chunk, "requisite", left_out)
    elif missing:
        node.problem = f"{chunk.at}: requisites not found: {'; '.join(missing)}"


def _not_carried_out(chunk: LowChunk, what: str, words: Sequence[str]) -> str:
    named = ", ".join(map(repr, words))
    kind = what if len(words) == 1 else f"{what}s"
    verb = "is" if len(words) == 1 else "are"
    return f"{chunk.at}: {kind} {named} {verb} not carried out by this version"


def _needs(node: Node) -> Needs:
    if node.state is None or node.spec is None or node.problem:
        return _NO_NEEDS
    return Needs(
        requires=tuple(node.state.requires(node.spec)),
        provides=tuple(node.state.provides(node.spec)),
        locks=tuple(node.state.locks(node.spec)),
    )


def _cycle_error(nodes: Sequence[Node]) -> CompileError:
    steps = " → ".join(f"{node.ref} ({node.at})" for node in nodes)
    return CompileError(
        f"requisites go round in a circle: {steps}",
        at=nodes[0].at,
        hint="drop one of these requisites: each state waits for the next",
    )


def _told(at: At, error: ZesterError) -> str:
    return f"{at}: {error}" + (f"; {error.hint}" if error.hint else "")
