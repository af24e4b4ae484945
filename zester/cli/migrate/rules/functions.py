"""Functions that the template language itself does not have."""

from __future__ import annotations

from collections import Counter

from zester.cli.migrate.change import Change, Site
from zester.cli.migrate.finding import Finding
from zester.cli.migrate.page import Page
from zester.cli.migrate.rules.calls import DEDICATED, reference
from zester.templating.functions.table import FUNCTIONS

RULE = "functions"


def note_functions(page: Page, site: Site) -> Change:
    """Note every execution function a file calls, once."""
    tokens = page.syntax.tokens
    if "salt" in page.syntax.bound or "salt" not in page.text:
        return Change(page.text)
    lines: dict[str, int] = {}
    uses: Counter[str] = Counter()
    for index, token in enumerate(tokens):
        found = reference(tokens, index)
        if found is not None and found.name not in FUNCTIONS and found.name not in DEDICATED:
            lines.setdefault(found.name, token.line)
            uses[found.name] += 1
    findings = [
        Finding(
            "note",
            RULE,
            line,
            f"{name!r} is an execution function" + (f" ({uses[name]} uses)" * (uses[name] > 1)),
            "it stays, and runs on the peel if the peel has it",
        )
        for name, line in lines.items()
    ]
    return Change(page.text, findings=findings)
