"""A dev set-up in a temporary folder: real processes, a real server."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any


class Stage:
    """``zester dev`` in ``folder``, and a tree to push."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tree = folder / "tree"

    def zester(self, *args: str) -> str:
        """Run the command line; raises CalledProcessError."""
        argv = [sys.executable, "-m", "zester.cli.main", *args]
        return subprocess.run(
            argv, cwd=self.folder, check=True, capture_output=True, text=True
        ).stdout

    def root(self, peel: int = 1) -> Path:
        return self.folder / ".zester" / "peels" / f"peel-{peel}" / "root"

    def setup(self) -> dict[str, Any]:
        """Return what ``dev.json`` says."""
        found: dict[str, Any] = json.loads((self.folder / ".zester/dev.json").read_text())
        return found

    def write(self, path: str, text: str) -> None:
        """Write a file of the tree."""
        target = self.tree / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)


@contextmanager
def stage(peels: int = 1) -> Iterator[Stage]:
    """Start everything, yield, stop everything."""
    with TemporaryDirectory(prefix="zester-bench-") as folder:
        made = Stage(Path(folder))
        made.zester("dev", "up", "--peels", str(peels), "--detach")
        try:
            yield made
        finally:
            made.zester("dev", "down")


def spin(holds: Callable[[], bool], timeout: float = 30.0) -> float:
    """Poll until something holds; return the milliseconds it took."""
    start = time.perf_counter()
    while not holds():
        if time.perf_counter() - start > timeout:
            raise TimeoutError("what was waited for did not happen")
        time.sleep(0.0003)
    return (time.perf_counter() - start) * 1000
