"""What has another place in Zester: reactor files, the mine."""

from __future__ import annotations

import re

from zester.cli.migrate.change import Change, Site
from zester.cli.migrate.finding import Finding
from zester.cli.migrate.layout.nodes import Map, Node, Text
from zester.cli.migrate.page import Page

RULE = "places"
_REACTION = re.compile(r"(?:local|runner|wheel|caller|cmd)\.[a-z_0-9]+\.[a-z_0-9]+")


def note_places(page: Page, site: Site) -> Change:
    """Note reactor files and ``mine_functions``."""
    if not page.is_state_file or page.is_code:
        return Change(page.text)
    findings: list[Finding] = []
    for root in page.outline.roots:
        pairs = root.pairs if isinstance(root, Map) else ()
        reaction = next((value for _, value in pairs if _reacts(value)), None)
        if reaction is not None:
            hint = "its place is reactor/ of the tree"
            line = page.line(reaction)
            findings.append(Finding("note", RULE, line, "this is a reactor file", hint))
        for key, _ in pairs:
            if isinstance(key, Text) and key.value == "mine_functions":
                hint = "templates read it with basket(target, name)"
                message = "mine_functions: Salt's mine is Zester's basket"
                findings.append(Finding("note", RULE, page.line(key), message, hint))
    return Change(page.text, findings=findings)


def _reacts(body: Node | None) -> bool:
    """Whether a body calls ``local.state.apply`` or the like."""
    keys = [key for key, _ in body.pairs] if isinstance(body, Map) else []
    return any(isinstance(key, Text) and _REACTION.fullmatch(key.value) for key in keys)
