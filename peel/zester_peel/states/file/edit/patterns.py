"""Regular expressions that state files give for the text of files."""

from __future__ import annotations

import re
from functools import cached_property
from math import factorial

from zester.dataclass import dataclass
from zester.errors import StateError

_FLAGS = {
    **{"I": re.IGNORECASE, "IGNORECASE": re.IGNORECASE},
    **{"M": re.MULTILINE, "MULTILINE": re.MULTILINE},
    **{"S": re.DOTALL, "DOTALL": re.DOTALL},
    **{"X": re.VERBOSE, "VERBOSE": re.VERBOSE},
    **{"A": re.ASCII, "ASCII": re.ASCII},
    **{"U": re.UNICODE, "UNICODE": re.UNICODE},
}
_KNOWN = sum({int(flag) for flag in _FLAGS.values()})


def read_flags(value: object) -> int:
    """Read flags: their number, the name of one, or a list of names."""
    if isinstance(value, int) and not isinstance(value, bool):
        if value < 0 or value & ~_KNOWN:
            raise ValueError(f"{value} is no sum of the flags {', '.join(_FLAGS)}")
        return value
    found = 0
    for name in value if isinstance(value, list | tuple) else [value]:
        flag = _FLAGS.get(str(name).upper())
        if flag is None:
            raise ValueError(f"{name!r} is none of the flags {', '.join(_FLAGS)}")
        found |= flag
    return found


def check_syntax(pattern: str, flags: int = 0) -> str:
    """Return the pattern; raises ValueError when it is no regular expression."""
    try:
        re.compile(pattern, flags)
    except (re.error, ValueError, OverflowError, RecursionError) as error:
        raise ValueError(f"{pattern!r} is not a regular expression: {error}") from error
    return pattern


@dataclass(frozen=True)
class Pattern:
    """A regular expression that is judged before it goes over a text: it could take for ever."""

    source: str
    flags: int = 0

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        try:
            return re.compile(check_syntax(self.source, self.flags), self.flags)
        except ValueError as error:
            raise StateError(str(error)) from error

    def over(self, text: str) -> re.Pattern[str]:
        """Return the compiled pattern, fit to search this text; raises StateError."""
        compiled = self._compiled
        if _is_cheap(self.source, compiled.flags, text):
            return compiled
        from zester.templating.regexes.backtracking import check_pattern  # late: few need it

        try:
            check_pattern(self.source, self.flags, text, search=True)
        except ValueError as error:
            if _starts_rarely(self.source, compiled.flags, text):
                return compiled
            raise StateError(str(error), hint="write the pattern more exactly") from error
        return compiled

    def over_lines(self, lines: list[str]) -> re.Pattern[str]:
        """Return the compiled pattern, fit to search each of these lines; raises StateError."""
        return self.over(max(lines, key=len, default=""))


_AFFORDABLE = 10_000_000  # steps
_INVOLVED = re.compile(r"\)[*+{]|\(\?[a-zA-Z-]*[sx]")
"""Repeated groups, and flags that change what the rest means."""

_BACK = re.compile(r"\\[1-9]|\(\?P=")
_ACROSS_LINES = ("[^", r"\n", r"\W", r"\D", "\n")


def _is_cheap(source: str, flags: int, text: str) -> bool:
    """Tell whether a pattern is quick on this text at the very worst; knows simple ones only.

    Without repeated groups all that can be shared out among repeats is one run of characters.
    """
    if _INVOLVED.search(source) or flags & re.VERBOSE:
        return False
    bare = source.replace("(?", "(").replace("*?", "*").replace("+?", "+").replace("}?", "}")
    repeats = sum(map(bare.count, "*+{")) + len(_BACK.findall(source))
    run = len(text)
    if not flags & re.DOTALL and not any(mark in source for mark in _ACROSS_LINES):
        run = max(map(len, text.split("\n")))
        if r"\s" in source:
            run = max(run, max(map(len, re.findall(r"\s+", text)), default=0))
    ways = 1 << min(64, source.count("|") + bare.count("?"))
    steps: int = ways * run ** (repeats + 1)
    return steps <= _AFFORDABLE * factorial(repeats)


_PREFIX = re.compile(r"(?:\(\?[im]+\))?[(^]*((?:[\w\-=/<>#\"',;:@!%&~ ]|\\[^\w\s])*)(.?)")
_OPTIONAL = re.compile(r"\)[*?{]")
_MOST = 50_000_000  # characters


def _starts_rarely(source: str, flags: int, text: str) -> bool:
    """Tell whether each search is linear and can only begin where a literal text is."""
    found = _PREFIX.match(source)
    if found is None or "|" in source or flags & re.VERBOSE or _OPTIONAL.search(source):
        return False
    literal = re.sub(r"\\(.)", r"\1", found[1])
    if found[2] in ("*", "+", "?", "{"):
        literal = literal[:-1]
    if not literal:
        return False
    if flags & re.IGNORECASE:
        literal, text = literal.lower(), text.lower()
    if text.count(literal) * len(text) > _MOST:
        return False
    from zester.templating.regexes.shape import shape  # late: few need it

    inner = shape(source, flags & ~re.UNICODE, False)
    return not inner.exponential and not inner.chains
