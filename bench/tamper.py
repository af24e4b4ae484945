"""From a foreign edit of a managed file to the wished state, five kinds of edits."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench.figures import Figure, quantiles
from bench.stage import spin, stage

EDITS = 500
FOLDERS = 20
FILES = 5


def measure() -> list[Figure]:
    """500 edits in turn over 100 files, so that no file looks contested."""
    with stage() as made:
        made.write("states/top.zy", "base:\n  '*':\n    - many\n")
        made.write("states/many.zy", _states())
        made.zester("push", "tree", "--wait")
        samples = _edits(made.root() / "srv")
    return quantiles("tampered → restored", samples, 50, 250)


def _states() -> str:
    return "".join(
        f"d{folder}-f{file}:\n  file.managed:\n    - name: /srv/d{folder}/f{file}\n"
        f"    - makedirs: True\n    - mode: '0640'\n    - contents: wanted {folder} {file}\n"
        for folder in range(FOLDERS)
        for file in range(FILES)
    )


def _edits(root: Path) -> list[float]:
    kinds: tuple[Callable[[Path], None], ...] = (_content, _mode, _delete, _replace, _parent)
    samples = []
    for number in range(EDITS):
        folder, file = number % FOLDERS, (number // FOLDERS) % FILES
        target = root / f"d{folder}/f{file}"
        kinds[(number // (FOLDERS * FILES)) % len(kinds)](target)
        samples.append(spin(partial(_restored, target, folder, file)))
        spin(partial(_complete, target.parent))
        time.sleep(0.02)
    return samples


def _complete(folder: Path) -> bool:
    return all((folder / f"f{number}").exists() for number in range(FILES))


def _content(file: Path) -> None:
    file.write_text("tampered")


def _mode(file: Path) -> None:
    file.chmod(0o777)


def _delete(file: Path) -> None:
    file.unlink()


def _replace(file: Path) -> None:
    other = file.with_name(f"other-{os.getpid()}")
    other.write_text("replaced")
    other.rename(file)


def _parent(file: Path) -> None:
    # In one step: a peel that is faster than rmtree would fill the folder while it is emptied.
    gone = file.parents[2] / f"gone-{time.monotonic_ns()}"
    file.parent.rename(gone)
    shutil.rmtree(gone)


def _restored(file: Path, folder: int, number: int) -> bool:
    try:
        mode = file.stat().st_mode & 0o777
        return mode == 0o640 and file.read_text() == f"wanted {folder} {number}\n"
    except OSError:
        return False
