"""Something to do for simulated peels: a tree of so many managed files."""

from __future__ import annotations

from pathlib import Path

from zester.bus.link.connection import open_bus
from zester.cli.console.context import Context, author
from zester.cli.dev.foundation import ENV
from zester.trees.build import build_tree
from zester.trees.publish import Authority, Destination, Published, publish_tree
from zester.trust.tiers import Tier

SOURCE = "swarm"

TOP = "base:\n  'simulated:True':\n    - match: grain\n    - exercise\n"
STATE = """f{number}:
  file.managed:
    - name: /srv/exercise/{number}
    - contents: 'file {number} of {{{{ facts.id }}}}'
    - makedirs: True
"""


def write_exercise(folder: Path, states: int, *, note: str = "") -> None:
    """Write the tree; another ``note`` is another revision of the same states."""
    (folder / "states").mkdir(parents=True, exist_ok=True)
    (folder / "states" / "top.zy").write_text(TOP)
    text = "".join(STATE.format(number=number) for number in range(1, states + 1))
    (folder / "states" / "exercise.zy").write_text(f"# {note}\n{text}")


async def push_exercise(
    context: Context, folder: Path, states: int, *, note: str = ""
) -> Published:
    """Push the tree, as a source of its own beside what else is pushed."""
    write_exercise(folder, states, note=note)
    login = context.login(Tier.PUBLISHER)
    async with open_bus(context.servers, name="zester-dev", login=login) as bus:
        by = Authority(context.signer(), await context.verifier(bus))
        return await publish_tree(bus, build_tree(folder), Destination(ENV, SOURCE, author()), by)
