"""``python -m zester.resources.kubernetes ROOT``: write the definitions of our kinds."""

from __future__ import annotations

import sys
from pathlib import Path

from zester.resources.kubernetes.generated import generated


def main(root: Path) -> None:
    """Write each generated file below the root of the repository."""
    for name, text in generated().items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
