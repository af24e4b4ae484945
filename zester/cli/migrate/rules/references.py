"""Templates that import a file which is renamed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from zester.cli.migrate.change import Change, Edit, Site, edited
from zester.cli.migrate.finding import Finding
from zester.cli.migrate.page import Page
from zester.cli.migrate.rules.words import after, before, literal
from zester.templating.tokens import Token

RULE = "references"
TAGS = frozenset(
    ("from", "import", "include", "extends", "import_yaml", "import_json", "import_text")
)
OLD, NEW = ".sls", ".zy"


def follow_renames(page: Page, site: Site) -> Change:
    """Give imports of renamed files the new name."""
    edits: list[Edit] = []
    findings: list[Finding] = []
    for token, joined in imported(page.syntax.tokens):
        name = literal(token)
        if name is None or not name.endswith(OLD):
            continue
        tail = "" if joined and not name.startswith("/") else tail_of(name)
        renamed = any(ends_with(path, tail) for path in site.renamed)
        kept = any(ends_with(path, tail) for path in site.kept)
        if renamed and not kept:
            edits.append(Edit(token.end - 1 - len(OLD), token.end - 1, NEW))
        elif not tail or (renamed and kept):
            message = f"cannot tell which file {name!r} names"
            hint = f"if it is one that is renamed, write {NEW} here"
            findings.append(Finding("warning", RULE, token.line, message, hint))
    findings += _elsewhere(page, site)
    return Change(edited(page.text, edits), len(edits), findings)


def _elsewhere(page: Page, site: Site) -> Iterator[Finding]:
    """Warn of other strings that name a renamed file: an import may take its name from them."""
    followed = {token.start for token, _ in imported(page.syntax.tokens)}
    for token in page.syntax.tokens:
        name = literal(token) if token.kind == "string" and token.start not in followed else None
        if name is None or not name.endswith(OLD) or "salt://" in name:
            continue
        if any(ends_with(path, tail_of(name)) for path in site.renamed):
            message = f"{name!r} is the name of a file that is renamed"
            hint = f"if it is imported or included by this name, write {NEW} here"
            yield Finding("warning", RULE, token.line, message, hint)


def imported(tokens: Sequence[Token]) -> Iterator[tuple[Token, bool]]:
    """Return the strings in the names of imported templates, and whether each continues a name."""
    index = 0
    while index < len(tokens):
        if tokens[index].opens_block and tokens[after(tokens, index)].text in TAGS:
            while tokens[index].kind != "end":
                if tokens[index].kind == "string":
                    previous = before(tokens, index)
                    yield tokens[index], previous is not None and previous.text in ("~", "+")
                index += 1
        index += 1


def tail_of(name: str) -> str:
    """Return the end of a path that a template's name gives."""
    for scheme in ("salt://", "zester://"):
        name = name.removeprefix(scheme)
    parts = [part for part in name.split("/") if part not in ("", ".", "..")]
    return "/".join(parts)


def ends_with(path: str, tail: str) -> bool:
    """Return whether a path ends with these components; nothing ends with none."""
    return bool(tail) and (path == tail or path.endswith(f"/{tail}"))
