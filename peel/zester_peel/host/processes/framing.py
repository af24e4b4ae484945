"""Messages on a pipe; whoever only answers some needs nothing else of this room."""

from __future__ import annotations

from typing import BinaryIO

LENGTH = 8
"""Bytes, the most significant first, that say how long the message after them is."""


def read_message(file: BinaryIO) -> bytes | None:
    """Return the next message, None when there will be none."""
    length = file.read(LENGTH)
    if len(length) < LENGTH:
        return None
    data = file.read(int.from_bytes(length, "big"))
    return data if len(data) == int.from_bytes(length, "big") else None


def write_message(file: BinaryIO, data: bytes) -> None:
    """Write a message; raises BrokenPipeError when nobody can read it."""
    file.write(len(data).to_bytes(LENGTH, "big"))
    file.write(data)
    file.flush()
