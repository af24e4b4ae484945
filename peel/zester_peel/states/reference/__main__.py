"""``python -m zester_peel.states.reference ROOT``: write what is generated from the states."""

from __future__ import annotations

import sys
from pathlib import Path

from zester_peel.states.reference.generated import generated


def main(root: Path) -> None:
    """Write each generated file below the root of the repository."""
    for name, text in generated().items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
