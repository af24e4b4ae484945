"""``python -m zester.cli.reference FILE``: write the page of the command line."""

from __future__ import annotations

import sys
from pathlib import Path

from zester.cli.reference.page import page

if __name__ == "__main__":
    Path(sys.argv[1] if len(sys.argv) > 1 else "docs/cli.md").write_text(page(), encoding="utf-8")
