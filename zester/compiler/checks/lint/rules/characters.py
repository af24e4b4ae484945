"""Characters that nobody sees."""

from __future__ import annotations

import re
from collections.abc import Iterator

from zester.compiler.checks.lint.finding import Finding, Rule
from zester.compiler.checks.lint.source import Source
from zester.compiler.checks.lint.tree import LintTree
from zester.errors import At

TAB = Rule("tab-indent", "warning", "a tab where YAML wants spaces")
CONTROL = Rule("control-character", "warning", "a control or invisible character")

# zero-width and direction-changing characters hide what a line says
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069]"
)
_TAG = re.compile(r"{[%{#].*?[%}#]}", re.DOTALL)


def check_characters(tree: LintTree) -> Iterator[Finding]:
    """Yield tabs in indentation, invisible characters, and Windows line ends once a file."""
    for source in tree.sources.values():
        if "\r" in source.text:
            yield from _line_ends(source)
        if _INVISIBLE.search(source.text):
            for number, line in enumerate(source.lines, 1):
                found = _INVISIBLE.search(line)
                if found:
                    at = At(source.path, number, found.start() + 1)
                    yield CONTROL.at(at, f"invisible character U+{ord(found[0]):04X}")
        if source.sls is not None and "\t" in source.text:
            yield from _tabs(source)


def _line_ends(source: Source) -> Iterator[Finding]:
    number = next((n for n, line in enumerate(source.lines, 1) if line.endswith("\r")), None)
    if number is None:
        at = At(source.path, source.position(source.text.index("\r"))[0])
        yield CONTROL.at(at, "invisible character U+000D")
        return
    at = At(source.path, number, len(source.line(number)))
    yield CONTROL.at(at, "lines end the Windows way", "save the file with Unix line ends")


def _tabs(source: Source) -> Iterator[Finding]:
    inside = set(source.prose)
    for tag in _TAG.finditer(source.text) if source.jinja else ():
        first, last = source.position(tag.start())[0], source.position(tag.end() - 1)[0]
        inside.update(range(first + 1, last + 1))
    for number, line in enumerate(source.lines, 1):
        indent = line[: len(line) - len(line.lstrip(" \t"))]
        if "\t" in indent and line.strip() and number not in inside:
            at = At(source.path, number, indent.index("\t") + 1)
            yield TAB.at(at, "the indentation holds a tab", "indent with spaces")
