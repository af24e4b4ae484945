"""The difference between two contents, for people."""

from __future__ import annotations

MAX_BYTES = 256 * 1024
_MAX_LINES = 2_000
_MAX_SHOWN = 64 * 1024  # characters


def difference(old: bytes | None, new: bytes | None) -> str:
    """Return a unified diff; in words where one would be useless. None = too large to look at."""
    if old is None or new is None or max(len(old), len(new)) > MAX_BYTES:
        return "<file too large for a diff>"
    before, after = _text(old), _text(new)
    if before is None and after is None:
        return "Replace binary file"
    if before is None:
        return "Replace binary file with text file"
    if after is None:
        return "Replace text file with binary file"
    was, becomes = before.splitlines(keepends=True), after.splitlines(keepends=True)
    if max(len(was), len(becomes)) > _MAX_LINES:
        return "<file has too many lines for a diff>"
    import difflib  # late: an idle peel never needs it

    shown: list[str] = []
    size = 0
    for line in difflib.unified_diff(was, becomes):
        whole = line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        size += len(whole)
        if size > _MAX_SHOWN:
            shown.append("<diff cut off here>\n")
            break
        shown.append(whole)
    return "".join(shown)


def _text(data: bytes) -> str | None:
    if b"\0" in data:
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None
