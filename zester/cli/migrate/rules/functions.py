"""Functions that the template language itself does not have."""

from __future__ import annotations

from zester.cli.migrate.change import Change, Site
from zester.cli.migrate.finding import Finding
from zester.cli.migrate.page import Page
from zester.cli.migrate.rules.calls import DEDICATED, reference
from zester.templating.functions.table import FUNCTIONS

RULE = "functions"


def note_functions(page: Page, site: Site) -> Change:
    """Note every execution function a file calls, once."""
    findings = [
        Finding(
            "note",
            RULE,
            lines[0],
            f"{name!r} is an execution function" + _times(len(lines)),
            "it stays, and runs on the peel if the peel has it",
        )
        for name, lines in execution_functions(page).items()
    ]
    return Change(page.text, findings=findings)


def execution_functions(page: Page) -> dict[str, list[int]]:
    """Return the lines on which each execution function is called."""
    tokens = page.syntax.tokens
    lines: dict[str, list[int]] = {}
    if "salt" in page.syntax.bound or "salt" not in page.text:
        return lines
    for index, token in enumerate(tokens):
        found = reference(tokens, index)
        if found is not None and found.name not in FUNCTIONS and found.name not in DEDICATED:
            lines.setdefault(found.name, []).append(token.line)
    return lines


def _times(count: int) -> str:
    return f", called {count} times" if count > 1 else ""
