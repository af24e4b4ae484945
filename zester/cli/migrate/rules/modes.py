"""Bare octal modes get quotes: ``mode: 0644`` → ``mode: "0644"``."""

from __future__ import annotations

import re

from zester.cli.migrate.change import Change, Edit, Site, edited
from zester.cli.migrate.layout.nodes import Map, Text
from zester.cli.migrate.page import Page

KEYS = frozenset(("mode", "dir_mode", "file_mode"))
_OCTAL = re.compile(r"0[0-7]{1,5}")
_LINE_END = re.compile(r"[\r\n]|$")


def quote_modes(page: Page, site: Site) -> Change:
    """Quote what YAML could read as a number."""
    if not page.is_state_file or page.is_code or not any(key in page.text for key in KEYS):
        return Change(page.text)
    edits = [
        Edit(value.start, value.end, f'"{value.value}"')
        for node in page.outline.nodes()
        if isinstance(node, Map)
        for key, value in node.pairs
        if isinstance(key, Text) and key.value in KEYS and isinstance(value, Text)
        if _is_bare(page, value) and not _has_tags(page, key.start, value.end)
    ]
    return Change(edited(page.text, edits), len(edits))


def _is_bare(page: Page, value: Text) -> bool:
    written = page.text[value.start : value.end]
    return value.plain and not value.tagged and _OCTAL.fullmatch(written) is not None


def _has_tags(page: Page, start: int, end: int) -> bool:
    """Whether a tag may add to the value: one from its key to the end of its line."""
    match = _LINE_END.search(page.text, end)
    upto = len(page.text) if match is None else match.start()
    return page.has_tags(start, upto)
