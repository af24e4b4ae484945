"""Renderer lines that Zester does not follow."""

from __future__ import annotations

from zester.cli.migrate.change import Change, Site
from zester.cli.migrate.finding import Finding
from zester.cli.migrate.page import Page

RULE = "renderers"
FOLLOWED = frozenset(("jinja", "yaml", "json", "gpg"))
"""``gpg`` is spoken of by its own rule."""


def note_renderers(page: Page, site: Site) -> Change:
    """Warn of renderers other than Jinja, YAML and JSON."""
    findings = [
        Finding("warning", RULE, 1, f"renderer {name!r}: nothing in this file is rewritten", hint)
        if page.is_code
        else Finding("warning", RULE, 1, f"renderer {name!r} does not exist in Zester", hint)
        for name in page.renderers
        if name not in FOLLOWED
        for hint in (_hint(name),)
    ]
    return Change(page.text, findings=findings)


def _hint(name: str) -> str:
    if name == "py":
        return "it runs as it is, on the peel only; Jinja and YAML can be checked before a push"
    return "write the file as Jinja and YAML"
