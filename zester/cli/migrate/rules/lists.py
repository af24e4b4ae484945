"""Lists that grow, in the reference's style: ``mlist()`` with ``Append`` and ``Extend``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from zester.cli.migrate.change import Change, Edit, Site, edited
from zester.cli.migrate.finding import Finding
from zester.cli.migrate.page import Page
from zester.cli.migrate.rules.words import after, before, closing, is_operator, is_variable
from zester.dataclass import dataclass
from zester.templating.tokens import Token

RULE = "lists"
METHODS: Mapping[str, str] = {"append": "Append", "extend": "Extend"}


@dataclass(frozen=True, slots=True)
class _Growth:
    """``name.append`` at a token; ``name`` is None for what is no plain variable."""

    name: str | None
    method: Token


def mutable_lists(page: Page, site: Site) -> Change:
    """Turn every list that is set as a literal and grows later into an ``mlist``."""
    tokens = page.syntax.tokens
    growing: dict[str | None, list[Token]] = defaultdict(list)
    for growth in _growths(tokens):
        growing[growth.name].append(growth.method)
    edits: list[Edit] = []
    findings: list[Finding] = []
    for name, methods in growing.items():
        literals = None if name is None else _literals(tokens, name)
        if not literals:
            findings += (_undeclared(name, method) for method in methods)
            continue
        for opening in literals:
            close = tokens[closing(tokens, opening)]
            edits.append(Edit(tokens[opening].start, tokens[opening].end, "mlist("))
            edits.append(Edit(close.start, close.end, ")"))
        edits += (Edit(one.start, one.end, METHODS[one.text]) for one in methods)
    lists = sum(edit.text == "mlist(" for edit in edits)
    return Change(edited(page.text, edits), len(edits) - lists, findings)


def _growths(tokens: Sequence[Token]) -> Iterator[_Growth]:
    for index, token in enumerate(tokens):
        if token.kind != "name" or token.text not in METHODS:
            continue
        dot = before(tokens, index)
        if dot is None or dot.text != "." or not is_operator(tokens, after(tokens, index), "("):
            continue
        owner = tokens.index(dot, max(0, index - 8), index)
        while owner > 0 and tokens[owner - 1].kind == "space":
            owner -= 1
        plain = tokens[owner - 1].kind == "name" and is_variable(tokens, owner - 1)
        yield _Growth(tokens[owner - 1].text if plain else None, token)


def _literals(tokens: Sequence[Token], name: str) -> list[int] | None:
    """Return the opening brackets of the lists a name is set to, None when it is not only lists."""
    found: list[int] = []
    for index, token in enumerate(tokens):
        if token.kind != "name" or token.text != name:
            continue
        previous = before(tokens, index)
        if previous is None or previous.kind != "name" or previous.text not in _BINDING:
            if previous is not None and previous.text == "," and _in_targets(tokens, index):
                return None
            continue
        opening = after(tokens, after(tokens, index))
        if previous.text != "set" or not is_operator(tokens, after(tokens, index), "="):
            return None
        if not is_operator(tokens, opening, "["):
            return None
        if tokens[after(tokens, closing(tokens, opening))].kind != "end":
            return None
        found.append(opening)
    return found


_BINDING = frozenset(("set", "for", "as", "import", "macro", "load_yaml"))


def _in_targets(tokens: Sequence[Token], index: int) -> bool:
    """Whether a name behind a comma is set, looped over or a parameter."""
    while index > 0 and not tokens[index].opens_block:
        if tokens[index].kind == "operator" and tokens[index].text == "=":
            return False
        if tokens[index].kind == "name" and tokens[index].text == "in":
            return False
        index -= 1
    word = tokens[after(tokens, index)]
    return word.text in ("set", "for", "macro", "from", "call")


def _undeclared(name: str | None, method: Token) -> Finding:
    shown = "this list" if name is None else repr(name)
    return Finding(
        "warning",
        RULE,
        method.line,
        f"{shown} grows by {method.text!r} but is not set to a list of its own in this file",
        "it works as it is; in the reference's style it would be set to mlist()",
    )
