"""Keys with literal values, wherever in a file they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator

from zester.compiler.checks.lint.nodes import Scalar, scalars
from zester.compiler.checks.lint.source import Source
from zester.dataclass import dataclass
from zester.errors import At

_PAIR = re.compile(r"""\s*(?:-\s+)*(["']?)([\w.\-]+)\1\s*:\s+(\S.*?)\s*(?:\s#.*)?$""")
_SET = re.compile(r"""{%-?\s*set\s+(\w+)\s*=\s*(["'])([^"']*)\2\s*-?%}""")
MAX_LINE = 2000


@dataclass(frozen=True, slots=True)
class Pair:
    """``written`` is the value as it stands in the file, quotes and all."""

    key: str
    value: str
    written: str
    at: At


def pairs(source: Source) -> Iterator[Pair]:
    """Yield the pairs of a file, some of them more than once.

    The YAML of its shapes, and line by line what no shape shows: branches in the middle, macros.
    """
    seen: set[int] = set()
    for pair in _parsed(source):
        seen.add(pair.at.line or 0)
        yield pair
    for number, line in enumerate(source.lines, 1):
        if number in seen or ("=" not in line and ":" not in line) or len(line) > MAX_LINE:
            continue
        for found in _SET.finditer(line) if source.jinja else ():
            at = At(source.path, number, found.start(1) + 1)
            yield Pair(found[1], found[3], found[3], at)
        if number in source.prose:
            continue
        match = _PAIR.match(line)
        if match and not line.lstrip().startswith(("#", "{#")):
            at = At(source.path, number, match.start(2) + 1)
            yield Pair(match[2], match[3].strip("\"'"), match[3], at)


def _parsed(source: Source) -> Iterator[Pair]:
    if source.sls is None:
        yield from _data(source)
        return
    for outline in source.shapes():
        text = outline.rendered.text
        for key, scalar in scalars(outline.root):
            if key is not None:
                at = source.place(outline.at(key.start), key.text)
                yield Pair(key.text, scalar.text, text[scalar.start : scalar.end], at)


def _data(source: Source) -> Iterator[Pair]:
    if source.data is None:
        return
    for key, scalar in scalars(source.data):
        if key is not None:
            written = source.text[scalar.start : scalar.end]
            yield Pair(key.text, scalar.text, written, _place(source, key))


def _place(source: Source, key: Scalar) -> At:
    line, column = source.position(key.start)
    return At(source.path, line, column)
