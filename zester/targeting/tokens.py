"""Target expressions as words, brackets and quotes."""

from __future__ import annotations

from typing import Literal

from zester.dataclass import dataclass
from zester.errors import At, TargetError

QUOTES = "'\""


@dataclass(frozen=True, slots=True)
class Token:
    """``column`` is 1-based; ``quoted`` words are never operators."""

    kind: Literal["word", "(", ")"]
    text: str
    column: int
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class TargetText:
    """An expression and the place it was written at."""

    text: str
    at: At | None = None

    def error(self, message: str, column: int, hint: str | None = None) -> TargetError:
        """Return an error that points at a column of the expression."""
        line = self.text.replace("\n", " ").replace("\t", " ")
        place = self.at or At("<target>", None, column)
        caret = " " * (column - 1) + "^"
        return TargetError(message, at=place, excerpt=f"{line}\n{caret}", hint=hint)


def tokenize(source: TargetText) -> tuple[Token, ...]:
    """Split an expression; brackets inside a word (regular expressions) stay with it.

    A backslash keeps the space after it in the word, and the quote after it in quoted text; before
    anything else it stands for itself, because regular expressions need it.
    """
    tokens: list[Token] = []
    text, position = source.text, 0
    while position < len(text):
        char = text[position]
        if char.isspace():
            position += 1
        elif char in "()":
            tokens.append(Token("(" if char == "(" else ")", char, position + 1))
            position += 1
        else:
            token, position = _word(source, position)
            tokens.append(token)
    return tuple(tokens)


def _word(source: TargetText, start: int) -> tuple[Token, int]:
    text, position, depth = source.text, start, 0
    pieces: list[str] = []
    while position < len(text):
        char = text[position]
        if char in QUOTES and (position == start or text[position - 1] in "@:=,"):
            quoted, position = _quoted(source, position)
            pieces.append(quoted)
            continue
        if char == "\\" and text[position + 1 : position + 2].isspace():
            pieces.append(text[position + 1])
            position += 2
            continue
        if char.isspace() or (char == ")" and depth == 0):
            break
        depth += (char == "(") - (char == ")")
        pieces.append(char)
        position += 1
    return Token("word", "".join(pieces), start + 1, text[start] in QUOTES), position


def _quoted(source: TargetText, start: int) -> tuple[str, int]:
    """Return what stands between quotes, and the place after them."""
    text, quote, position = source.text, source.text[start], start + 1
    pieces: list[str] = []
    while position < len(text):
        char = text[position]
        if char == quote:
            return "".join(pieces), position + 1
        if char == "\\" and text[position + 1 : position + 2] == quote:
            char, position = quote, position + 1
        pieces.append(char)
        position += 1
    raise source.error(f"a quote {quote} is never closed", start + 1, "close it, or escape nothing")
