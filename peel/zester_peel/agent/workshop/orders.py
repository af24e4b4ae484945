"""What the agent asks of its workshop, and the answers; both know these and little else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any

from zester.compiler.lowstate import LowChunk
from zester.compiler.roots import Roots
from zester.compiler.tree_options import TreeOptions
from zester.dataclass import dataclass
from zester.targeting.node import NodeView

if TYPE_CHECKING:  # models take the workshop longer to import than all else it needs
    from zester.resources.manifest import SealedEntry


@dataclass(frozen=True, slots=True)
class Tree:
    """What there is to compile from: ``files`` maps a path to the digests of its blobs.

    ``blobs`` is the folder of the cache that holds them. ``sealed`` says what opens the files that
    are not for every node, ``keys`` are those that this one was granted. ``wishes`` are those of
    files that ask for something.
    """

    env: str
    node: NodeView
    files: Mapping[str, tuple[str, ...]]
    blobs: str
    sealed: Mapping[str, SealedEntry] = field(default_factory=dict)
    keys: Mapping[str, Mapping[int, bytes]] = field(default_factory=dict, repr=False)
    wishes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Compile:
    """Asks for what a node has to be; answered by ``Made``.

    ``sls`` names state files instead of the top file; ``over`` are settings laid over the tree's.
    ``held`` is the mark of what was made before and is still at hand.
    """

    tree: Tree
    sls: tuple[str, ...] | None = None
    over: Mapping[str, Any] | None = field(default=None, repr=False)
    held: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """What a node has to be. ``reads``, ``facts`` and ``sls`` as in ``Compiled``.

    ``groups`` are the node groups of the tree. ``secrets`` are the texts of the settings that must
    not be shown, ``derived`` those of states that depend on them. ``mark`` names these states, as
    they are, in this workshop; with the mark that is held the states are left out.
    """

    chunks: tuple[LowChunk, ...]
    settings: dict[str, Any] = field(repr=False)
    reads: frozenset[str]
    facts: frozenset[str] | None
    roots: Roots
    options: TreeOptions
    sls: tuple[str, ...] = ()
    groups: Mapping[str, str] = field(default_factory=dict)
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    derived: frozenset[str] = field(default=frozenset(), repr=False)
    mark: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Pair:
    """Asks for the states that were compiled so, each with its twin; answered by ``Paired``."""

    tree: Tree
    settings: Mapping[str, Any] = field(repr=False)
    roots: Roots
    secrets: frozenset[str] = field(repr=False)
    sls: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Paired:
    """The states in the order of the program, each with its twin where it has one."""

    pairs: tuple[tuple[LowChunk, LowChunk | None], ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Session:
    """A tree whose settings are known, to render its files with.

    ``masked``: these are not the settings; nothing but what looks is offered to templates.
    """

    tree: Tree
    settings: Mapping[str, Any] = field(repr=False)
    roots: Roots
    masked: bool = False


@dataclass(frozen=True, slots=True)
class Render:
    """Asks for a rendered template; answered by ``Rendered``.

    ``number`` names a session; without ``session`` the answer may be ``UnknownSession``.
    """

    number: int
    text: str
    name: str
    sls: str
    context: Mapping[str, Any]
    session: Session | None = None


@dataclass(frozen=True, slots=True)
class Rendered:
    """A rendered text, and what the whole session has read so far."""

    text: str
    reads: frozenset[str]
    facts: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class UnknownSession:
    """The workshop was closed since; it has to be told of the session again."""


Order = Compile | Pair | Render
Answer = Made | Paired | Rendered | UnknownSession
