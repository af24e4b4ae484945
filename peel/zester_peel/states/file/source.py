"""Parameters that say where content comes from."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from zester_peel.engine.fields import read_flag, read_text, read_texts

_SOURCE = re.compile(r"(salt|zester)://.|(file://)?/.")


def read_sources(value: object) -> tuple[str, ...]:
    sources = read_texts(value)
    for source in sources:
        if not _SOURCE.match(source):
            raise ValueError(f"{source!r} is neither salt://, zester:// nor an absolute path")
    return sources


def local_sources(sources: Iterable[str] | None) -> Iterable[str]:
    """Yield the paths among sources, those on the machine itself."""
    for source in sources or ():
        if source.startswith(("/", "file://")):
            yield source.removeprefix("file://")


def read_template(value: object) -> Literal["jinja"] | None:
    if isinstance(value, str) and value.strip().lower() == "jinja":
        return "jinja"
    try:
        return "jinja" if read_flag(value) else None
    except ValueError:
        raise ValueError(f"{value!r} is no template engine here: use jinja") from None


def read_sha256(value: object) -> str:
    text = read_text(value).strip()
    found = re.fullmatch(r"(?:sha256[=:])?([0-9a-fA-F]{64})", text)
    if found is None:
        raise ValueError("only a SHA-256 is taken: sha256=<64 hex digits>")
    return found[1].lower()
