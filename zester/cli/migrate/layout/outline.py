"""YAML tokens → nodes, however much of the YAML only appears when a template is rendered."""

from __future__ import annotations

import re
from collections.abc import Sequence

import yaml

from zester.cli.migrate.layout.mask import masked
from zester.cli.migrate.layout.nodes import List, Map, Node, Outline, Text
from zester.templating.tokens import Token

MAX_DEPTH = 100
MAX_SCANNED = 4_000_000
"""Characters that may be scanned in all the attempts at one file."""

_LINE = re.compile(r"[^\r\n]*(?:\r\n|[\r\n]|$)")
_INKED = re.compile(r"[^\r\n]")
_NOTICED_LATE = ("while scanning a simple key", "while scanning a quoted scalar")
_BLOCK_TEXT = re.compile(r"[|>][-+0-9]*\s*$")

_DASH, _KEY, _VALUE = yaml.BlockEntryToken, yaml.KeyToken, yaml.ValueToken
_ENDS = (yaml.BlockEndToken, yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)
_STARTS = (
    yaml.BlockMappingStartToken,
    yaml.BlockSequenceStartToken,
    yaml.FlowMappingStartToken,
    yaml.FlowSequenceStartToken,
)
_STOPS = (*_ENDS, _KEY, _VALUE, _DASH, yaml.FlowEntryToken, yaml.StreamEndToken)


def outline(tokens: Sequence[Token]) -> Outline:
    """Return what can be seen of a file's YAML."""
    found, unread = _scan(masked(tokens))
    return Outline(_Builder(found).documents(), unread)


def _scan(text: str) -> tuple[list[yaml.Token], tuple[int, ...]]:
    """Scan; a line that cannot be scanned is blanked and the text scanned again."""
    unread: list[int] = []
    lines = _LINE.findall(text)
    budget = MAX_SCANNED
    while True:
        found: list[yaml.Token] = []
        try:
            depth = 0
            for token in yaml.scan("".join(lines), Loader=yaml.CBaseLoader):
                # Asked while scanning: libyaml takes quadratic time for deep nesting.
                depth += isinstance(token, _STARTS) - isinstance(token, _ENDS)
                if depth > MAX_DEPTH:
                    return [], (1,)
                found.append(token)
        except yaml.MarkedYAMLError as error:
            budget -= len(text)
            places = _places(error)
            line = next((n for n in places if n < len(lines) and lines[n].strip()), None)
            if line is None or budget < 0:
                return found, (*unread, max(places, default=0) + 1)
            unread.append(line + 1)
            _blank(lines, line)
        except yaml.YAMLError:
            return [], (1,)
        else:
            return found, tuple(sorted(unread))


def _places(error: yaml.MarkedYAMLError) -> list[int]:
    """Return the lines an error is about, the likely culprit first."""
    marks = [error.problem_mark, error.context_mark]
    if (error.context or "").startswith(_NOTICED_LATE):
        marks.reverse()
    return [mark.line for mark in marks if mark is not None]


def _blank(lines: list[str], line: int) -> None:
    """Blank a line, and the block of text it begins."""
    indent = _indent(lines[line])
    block = _BLOCK_TEXT.search(lines[line]) is not None
    lines[line] = _INKED.sub(" ", lines[line])
    below = line + 1
    while block and below < len(lines):
        if lines[below].strip() and _indent(lines[below]) <= indent:
            return
        lines[below] = _INKED.sub(" ", lines[below])
        below += 1


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


class _Builder:
    """Reads nodes from tokens; forgiving, because tokens of a masked text need not be YAML."""

    def __init__(self, tokens: Sequence[yaml.Token]) -> None:
        self._tokens = tokens
        self._next = 0

    def documents(self) -> tuple[Node, ...]:
        found: list[Node] = []
        while self._next < len(self._tokens):
            before = self._next
            node = self._node(dashes=True)
            if node is not None:
                found.append(node)
            elif self._next == before:
                self._next += 1
        return tuple(found)

    def _at(self, *kinds: type[yaml.Token]) -> bool:
        return self._next < len(self._tokens) and isinstance(self._tokens[self._next], kinds)

    def _done(self) -> bool:
        return self._next >= len(self._tokens) or self._at(*_ENDS, yaml.StreamEndToken)

    def _node(self, *, dashes: bool = False) -> Node | None:
        tagged = False
        while self._at(yaml.TagToken, yaml.AnchorToken):
            tagged = tagged or self._at(yaml.TagToken)
            self._next += 1
        if self._next >= len(self._tokens) or (self._at(*_STOPS) and not self._at(_DASH)):
            return None
        token = self._tokens[self._next]
        start, end = token.start_mark.index, token.end_mark.index
        if isinstance(token, _DASH):
            return self._list(start, flow=False) if dashes else None
        self._next += 1
        if isinstance(token, yaml.ScalarToken):
            return Text(start, end, token.value, token.plain, tagged)
        if isinstance(token, yaml.AliasToken):
            return Text(start, end, "", False, True)
        if isinstance(token, yaml.BlockMappingStartToken | yaml.FlowMappingStartToken):
            return self._map(start, flow=isinstance(token, yaml.FlowMappingStartToken))
        if isinstance(token, yaml.BlockSequenceStartToken | yaml.FlowSequenceStartToken):
            return self._list(
                start, flow=isinstance(token, yaml.FlowSequenceStartToken), ended=True
            )
        return None

    def _map(self, start: int, *, flow: bool) -> Map:
        pairs: list[tuple[Node, Node | None]] = []
        while not self._done():
            pair = self._pair()
            if pair is not None:
                pairs.append(pair)
        return Map(start, self._close(), tuple(pairs), flow)

    def _pair(self) -> tuple[Node, Node | None] | None:
        if not self._at(_KEY):
            self._next += 1
            return None
        self._next += 1
        key = self._node()
        value = None
        if self._at(_VALUE):
            self._next += 1
            value = self._node(dashes=True)
        return None if key is None else (key, value)

    def _list(self, start: int, *, flow: bool, ended: bool = False) -> List:
        items: list[Node] = []
        while not self._done():
            if flow and self._at(_KEY):
                begin = self._tokens[self._next].start_mark.index
                pair = self._pair()
                item: Node | None = pair and Map(begin, self._end(), (pair,), True)
            elif self._at(_DASH) or (flow and self._at(yaml.FlowEntryToken)):
                self._next += 1
                continue_ = flow and self._at(_KEY)
                item = None if continue_ else self._node()
            elif flow:
                before = self._next
                item = self._node()
                self._next += self._next == before
            elif ended:
                self._next += 1
                item = None
            else:
                break
            if item is not None:
                items.append(item)
        return List(start, self._close() if ended else self._end(), tuple(items), flow)

    def _end(self) -> int:
        return int(self._tokens[self._next - 1].end_mark.index)

    def _close(self) -> int:
        end = self._end()
        if self._at(*_ENDS):
            self._next += 1
            end = (
                self._end()
                if not isinstance(self._tokens[self._next - 1], yaml.BlockEndToken)
                else end
            )
        return end
