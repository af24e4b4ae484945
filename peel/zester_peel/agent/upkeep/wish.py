"""What the machine has to be."""

from __future__ import annotations

from collections.abc import Mapping

from zester.compiler.tree_options import DEFAULT, TreeOptions
from zester.dataclass import dataclass
from zester_peel.agent.kept.origins import NOTHING, Origins
from zester_peel.engine.converge import Engine
from zester_peel.engine.program import Program
from zester_peel.engine.watch import Watch


@dataclass(frozen=True, slots=True)
class Wish:
    """What the machine has to be: the program, its engine, the revisions it stands for.

    ``origins`` are those of the files it was made from.
    """

    program: Program
    engine: Engine
    revisions: Mapping[str, int]
    watches: Mapping[Watch, tuple[str, ...]]
    options: TreeOptions = DEFAULT
    origins: Origins = NOTHING
