"""Feed parsers with what a coverage-guided fuzzer makes up: ``python -m fuzz NAME [OPTIONS]``.

Options are libFuzzer's (``-max_total_time=60``). Anything but a ZesterError ends it with code 77
and the bytes that did it. Without a name, the names are printed.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["zester"]):
    from fuzz.targets import TARGETS, FuzzTarget
    from zester.errors import ZesterError


def main() -> None:
    """Fuzz the target that was named."""
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        print(*TARGETS, sep="\n")
        sys.exit(len(sys.argv) > 1)
    target: FuzzTarget = TARGETS[sys.argv[1]]

    def once(data: bytes) -> None:
        try:
            target.read(data)
        except ZesterError:
            return

    with tempfile.TemporaryDirectory(prefix="zester-fuzz-") as corpus:
        for number, seed in enumerate(target.seeds):
            (Path(corpus) / str(number)).write_bytes(seed)
        atheris.Setup([sys.argv[0], *sys.argv[2:], corpus], once)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
