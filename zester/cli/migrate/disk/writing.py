"""Put a plan on the disk: all of it or nothing."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from zester.cli.migrate.plan import FilePlan
from zester.errors import HostError

Move = tuple[Path, Path]


def write(files: Sequence[FilePlan]) -> None:
    """Write every change; raises HostError, and then all files are as they were.

    New and old contents are first written beside each file, so that what can fail fails before
    anything moves, and going back needs no room on the disk.
    """
    changed = [file for file in files if file.changed]
    temporary: list[Path] = []
    done: list[Move] = []
    try:
        moves = [move for file in changed for move in _staged(file, temporary)]
        for (source, target), back in moves:
            source.replace(target)
            done.append(back)
    except OSError as error:
        for source, target in reversed(done):
            source.replace(target)
        place = error.filename or "the disk"
        reason = error.strerror or str(error)
        raise HostError(
            f"cannot write {str(place)!r}: {reason}", hint="all files are as they were"
        ) from error
    finally:
        for path in temporary:
            with suppress(FileNotFoundError):
                path.unlink()


def _staged(file: FilePlan, temporary: list[Path]) -> list[tuple[Move, Move]]:
    """Return moves that make a change, each with the one that takes it back."""
    place, target = file.entry.place, file.target
    if file.link is None and place.read_bytes() != file.before:
        raise OSError(0, "it was changed meanwhile", str(place))
    if file.renamed and os.path.lexists(target):
        raise OSError(0, "it exists already", str(target))
    moves: list[tuple[Move, Move]] = []
    if file.renamed:
        moves.append(((place, target), (target, place)))
    if file.rewritten or file.link is not None:
        old_link = str(place.readlink()) if file.link is not None else None
        new = _copy(place, file.after or b"", file.link, temporary)
        old = _copy(place, file.before, old_link, temporary)
        moves.append(((new, target), (old, target)))
    elif file.renamed:
        _probe(place, temporary)
    return moves


def _copy(place: Path, data: bytes, link: str | None, temporary: list[Path]) -> Path:
    """Write a content beside a file, with the file's mode and owner."""
    handle, name = tempfile.mkstemp(prefix=".migrate-", dir=place.parent)
    path = Path(name)
    temporary.append(path)
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    if link is not None:
        path.unlink()
        path.symlink_to(link)
        return path
    status = place.stat()
    if (status.st_uid, status.st_gid) != (os.geteuid(), os.getegid()):
        with suppress(PermissionError):
            os.chown(path, status.st_uid, status.st_gid)
    path.chmod(status.st_mode & 0o7777)
    return path


def _probe(place: Path, temporary: list[Path]) -> None:
    """Raise OSError when files of a folder cannot be moved."""
    handle, name = tempfile.mkstemp(prefix=".migrate-", dir=place.parent)
    temporary.append(Path(name))
    os.close(handle)
