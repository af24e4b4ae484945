"""What a tree compiles to for one node, and what does not compile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from zester.compiler.compile import compile_node
from zester.compiler.lowstate import LowChunk
from zester.compiler.roots import Roots
from zester.compiler.settings.placeholders import Placeholders
from zester.dataclass import dataclass
from zester.errors import SourceError
from zester.resources.files import Files
from zester.targeting.node import NodeView
from zester.targeting.value import Value
from zester.templating.cache.library import Library

MAX_ALONE = 300
"""State files compiled one by one; beyond it a tree without top file is not compiled."""

DEFAULT_FACTS: Mapping[str, Value] = {
    "id": "lint",
    "kernel": "Linux",
    "os": "Debian",
    "os_family": "Debian",
    "osrelease": "12",
    "osmajorrelease": 12,
    "oscodename": "bookworm",
    "osfinger": "Debian-12",
    "osarch": "amd64",
    "cpuarch": "x86_64",
    "init": "systemd",
}
"""The node that is compiled for when nobody names one: the same everywhere, unlike the machine."""


@dataclass(frozen=True, slots=True)
class Compilation:
    """``groups`` are chunks that come to one node together."""

    groups: tuple[tuple[LowChunk, ...], ...]
    problems: tuple[SourceError, ...]


def compilation(
    files: Files,
    node: NodeView,
    settings: Mapping[str, Value] | None,
    roots: Roots,
    names: Sequence[str] | None,
) -> Compilation:
    """Compile what the top file gives the node, or each of ``names`` on its own."""
    if names is not None and len(names) > MAX_ALONE:
        return Compilation((), ())
    library = Library()
    groups: list[tuple[LowChunk, ...]] = []
    problems: list[SourceError] = []
    for sls in [None] if names is None else [[name] for name in names]:
        try:
            compiled = compile_node(
                Placeholders(files), node, sls=sls, settings=settings, roots=roots, library=library
            )
        except SourceError as error:
            problems.append(error)
        else:
            groups.append(compiled.chunks)
    return Compilation(tuple(groups), tuple(problems))
