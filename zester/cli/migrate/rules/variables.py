"""``grains`` → ``facts`` and ``pillar`` → ``settings``, where they are the variables."""

from __future__ import annotations

from collections.abc import Mapping

from zester.cli.migrate.change import Change, Edit, Site, edited
from zester.cli.migrate.finding import Finding
from zester.cli.migrate.page import Page
from zester.cli.migrate.rules.words import is_variable

RULE = "variables"
NAMES: Mapping[str, str] = {"grains": "facts", "pillar": "settings"}


def rename_variables(page: Page, site: Site) -> Change:
    """Rename the two variables; a name the file binds itself is left alone."""
    syntax = page.syntax
    findings: list[Finding] = []
    edits: list[Edit] = []
    for old, new in NAMES.items():
        places = [
            token
            for index, token in enumerate(syntax.tokens)
            if token.kind == "name" and token.text == old and is_variable(syntax.tokens, index)
        ]
        if not places:
            continue
        taken = next((name for name in (old, new) if name in syntax.bound), None)
        if taken is None and (page.path, new) in site.given:
            taken = new
        if taken is None:
            edits += (Edit(token.start, token.end, new) for token in places)
            continue
        message = f"{old!r} stays: {taken!r} has another meaning in this file"
        hint = f"{old!r} works as it is; rename the other {taken!r} to be able to use {new!r}"
        findings.append(Finding("warning", RULE, places[0].line, message, hint))
    return Change(edited(page.text, edits), len(edits), findings)
