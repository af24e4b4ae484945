"""``salt['pillar.get'](…)`` and four others become functions of their own name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from zester.cli.migrate.change import Change, Site
from zester.cli.migrate.finding import Finding
from zester.cli.migrate.page import Page
from zester.cli.migrate.rules.filter_by import FILTER_BY, reordered
from zester.cli.migrate.rules.words import (
    Argument,
    after,
    arguments,
    closing,
    is_operator,
    is_read,
    is_variable,
    literal,
)
from zester.dataclass import dataclass
from zester.templating.tokens import Token

DEDICATED: Mapping[str, str] = {
    "pillar.get": "pillar_get",
    FILTER_BY: "grains_filter_by",
    "user.info": "user_info",
    "cmd.has_exec": "cmd_has_exec",
    "file.dirname": "file_dirname",
}
"""Function of Salt → function of the template language. No other is rewritten."""

ONLY_PARAMETER: Mapping[str, str] = {
    "user.info": "name",
    "cmd.has_exec": "cmd",
    "file.dirname": "path",
}
RULE = "calls"


@dataclass(frozen=True, slots=True)
class Reference:
    """``salt['name']`` or ``salt.name``; ``end`` is the token behind it."""

    name: str
    end: int


def rewrite_calls(page: Page, site: Site) -> Change:
    """Rewrite the five calls."""
    if "salt" in page.syntax.bound or "salt" not in page.text:
        return Change(page.text)
    rewriting = _Rewriting(page)
    text = rewriting.text(0, len(page.syntax.tokens))
    return Change(text, rewriting.count, rewriting.findings)


def reference(tokens: Sequence[Token], index: int) -> Reference | None:
    """Return the function a ``salt`` at ``index`` names, None when it is none or computed."""
    token = tokens[index]
    if token.kind != "name" or token.text != "salt" or not is_variable(tokens, index):
        return None
    sign = after(tokens, index)
    name = after(tokens, sign)
    if is_operator(tokens, sign, "[") and name < len(tokens) and tokens[name].kind == "string":
        close = after(tokens, name)
        text = literal(tokens[name])
        if text is not None and is_operator(tokens, close, "]"):
            return Reference(text, close + 1)
        return None
    dot, function = after(tokens, name), after(tokens, after(tokens, name))
    if is_operator(tokens, sign, ".") and is_operator(tokens, dot, ".") and function < len(tokens):
        return Reference(f"{tokens[name].text}.{tokens[function].text}", function + 1)
    return None


class _Rewriting:
    def __init__(self, page: Page) -> None:
        self._tokens = page.syntax.tokens
        self._bound = page.syntax.bound
        self.count = 0
        self.findings: list[Finding] = []

    def text(self, start: int, end: int) -> str:
        """Return tokens ``start`` to ``end`` with the calls in them rewritten."""
        pieces: list[str] = []
        place = start
        while place < end:
            found = reference(self._tokens, place)
            if found is None or found.name not in DEDICATED:
                pieces.append(self._tokens[place].text)
                place += 1
                continue
            text, place = self._reference(found, place)
            pieces.append(text)
        return "".join(pieces)

    def _reference(self, found: Reference, place: int) -> tuple[str, int]:
        """Return the new text and the token to go on from."""
        new = DEDICATED[found.name]
        opening = after(self._tokens, found.end - 1)
        called = is_operator(self._tokens, opening, "(")
        problem = self._problem(found, new, called)
        given = arguments(self._tokens, opening) if called else []
        if called:
            problem = problem or self._argument_problem(found.name, given)
        if problem is not None:
            self._keep(found, place, problem)
            return self._written(place, found.end), found.end
        self.count += 1
        if not called:
            return new, found.end
        if found.name == FILTER_BY:
            self._note_sharing(given)
        close = closing(self._tokens, opening)
        between = self._written(found.end, opening + 1)
        return f"{new}{between}{self._arguments(found.name, given, opening, close)})", close + 1

    def _problem(self, found: Reference, new: str, called: bool) -> str | None:
        if new in self._bound:
            return f"this file gives {new!r} another meaning"
        if not called and found.name == FILTER_BY:
            return f"it is not called here, and {new} takes its arguments in another order"
        return None

    def _argument_problem(self, name: str, given: Sequence[Argument]) -> str | None:
        if name == "pillar.get":
            return None
        if any(argument.keyword in ("*", "**") for argument in given):
            return "its arguments are not spelled out"
        if name == FILTER_BY:
            return None if reordered(self._tokens, given) else "its arguments are not those of Salt"
        allowed = ("", ONLY_PARAMETER[name])
        if len(given) == 1 and given[0].keyword in allowed:
            return None
        return f"{DEDICATED[name]} takes exactly one argument"

    def _note_sharing(self, given: Sequence[Argument]) -> None:
        """Note a table that is used elsewhere too: Salt merges into its entry, ours into a copy."""
        table = next(one for one in given if one.keyword in ("", "lookup_dict"))
        name = self._tokens[table.value]
        if name.kind != "name" or table.stop - table.value != 1:
            return
        uses = sum(
            token.kind == "name" and token.text == name.text and is_read(self._tokens, place)
            for place, token in enumerate(self._tokens)
        )
        if uses > 1:
            message = (
                f"{name.text!r} is used elsewhere too: Salt merges into it, Zester into a copy"
            )
            hint = "--verify tells whether that matters"
            self.findings.append(Finding("note", RULE, name.line, message, hint))

    def _keep(self, found: Reference, place: int, why: str) -> None:
        line = self._tokens[place].line
        hint = "it works as it is"
        self.findings.append(Finding("note", RULE, line, f"{found.name} stays: {why}", hint))

    def _arguments(self, name: str, given: Sequence[Argument], opening: int, close: int) -> str:
        """Return the text between the parentheses."""
        values = [self.text(argument.value, argument.stop) for argument in given]
        if name == FILTER_BY:
            order = reordered(self._tokens, given) or ()
            groups = [
                "".join(piece if isinstance(piece, str) else values[piece] for piece in group)
                for group in order
            ]
        elif name == "pillar.get":
            groups = [self.text(after(self._tokens, one.start - 1), one.stop) for one in given]
        else:
            groups = values
        pieces: list[str] = []
        place = opening + 1
        for argument, text in zip(given, groups, strict=True):
            pieces += (self._written(place, after(self._tokens, argument.start - 1)), text)
            place = argument.stop
        return "".join((*pieces, self._written(place, close)))

    def _written(self, start: int, end: int) -> str:
        return "".join(token.text for token in self._tokens[start:end])
