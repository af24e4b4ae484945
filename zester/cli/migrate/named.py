"""Files that are served under their name, and so have to keep it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from zester.cli.migrate.finding import Finding
from zester.cli.migrate.page import Page
from zester.cli.migrate.rules.references import OLD, ends_with, imported

_URL = re.compile(r"salt://([^\s'\"|,\])]*)")
_GAP = "\0"


def named_by_url(pages: Iterable[Page]) -> dict[str, Finding]:
    """Return paths of state files that a ``salt://`` address outside imports means, and why.

    Such a file is something a state manages, or lies in a folder that is copied.
    """
    known = list(pages)
    paths = [page.path for page in known if page.path.endswith(OLD)]
    kept: dict[str, Finding] = {}
    addresses = [(tail, page.path) for page in known for tail in _tails(page)]
    for tail, server in addresses:
        for path in paths:
            folders = (path[:place] for place, char in enumerate(path) if char == "/")
            named = tail.endswith(OLD) and ends_with(path, tail)
            if named or any(ends_with(folder, tail) for folder in folders):
                message = f"keeps its name: {server} serves it as salt://…{tail}"
                kept.setdefault(path, Finding("note", "rename", None, message))
    return kept


def _tails(page: Page) -> Iterator[str]:
    """Return the ends of addresses, behind the last expression in each."""
    if "salt://" not in page.text:
        return
    skipped = {token.start for token, _ in imported(page.syntax.tokens)}
    pieces: list[str] = []
    for token in page.syntax.tokens:
        if token.kind in ("data", "raw"):
            pieces.append(token.text)
        elif token.kind == "begin":
            pieces.append(_GAP)
        elif token.kind == "string" and token.start not in skipped and "salt://" in token.text:
            yield from _found(token.text)
    yield from _found("".join(pieces))


def _found(text: str) -> Iterator[str]:
    for match in _URL.finditer(text):
        tail = match[1].rpartition(_GAP)[2].partition("?")[0].strip("/")
        if tail:
            yield tail
