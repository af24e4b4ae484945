"""Ending a short command: Python would free each object and module of it first."""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def leaving_at_once() -> Iterator[None]:
    """Have this process end without being taken apart when the block ends it with SystemExit.

    What waits for the end of the process is done before, and what was printed is out. Only for the
    main function of a program, around all of it. A traceback ends it as Python does.
    """
    asked: list[int] = []

    def leave() -> None:
        if not asked:
            return
        for stream in (sys.stdout, sys.stderr):
            try:
                if stream is not None:  # that is how Python says that it is closed
                    stream.flush()
            except (OSError, ValueError):  # Python tells of it, and ends with a code of its own
                return
        os._exit(asked[0])

    atexit.register(leave)  # what is registered first is called last
    try:
        yield
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            asked.append((end.code or 0) & 0xFF)
        raise
