"""What changes in a file, for people."""

from __future__ import annotations

import difflib

from zester.cli.migrate.plan import FilePlan


def unified_diff(file: FilePlan) -> str:
    """Return a unified diff, empty when only the name changes; line ends are shown as they are."""
    if not file.rewritten or file.after is None:
        return ""
    lines = difflib.unified_diff(
        _lines(file.before),
        _lines(file.after),
        f"a/{shown(file.entry.path)}",
        f"b/{shown(file.new_path)}",
    )
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def shown(path: str) -> str:
    """Return a path as it may be printed on one line."""
    return path if path.isprintable() else path.encode("unicode_escape").decode("ascii")


def _lines(data: bytes) -> list[str]:
    # Not splitlines: a diff counts lines at newlines only.
    pieces = data.decode("utf-8").split("\n")
    return [piece + "\n" for piece in pieces[:-1]] + ([pieces[-1]] if pieces[-1] else [])
