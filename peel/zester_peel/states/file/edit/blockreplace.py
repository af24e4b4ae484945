"""``file.blockreplace``: what is between two marked lines is this."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field, model_validator

from zester.errors import StateError
from zester_peel.engine.fields import Flag, Text
from zester_peel.states.file.edit.backup import read_backup
from zester_peel.states.file.edit.material import SourcedState, SourceSpec
from zester_peel.states.file.edit.patterns import Pattern, check_syntax
from zester_peel.states.file.edit.text_state import Edit, line_end, lines_of


class BlockreplaceSpec(SourceSpec):
    """Parameters of ``file.blockreplace``; text of sources follows ``content``."""

    marker_start: Text = Field("#-- start managed zone --", min_length=1)
    marker_end: Text = Field("#-- end managed zone --", min_length=1)
    content: Text = ""
    append_if_not_found: Flag = False
    prepend_if_not_found: Flag = False
    insert_before_match: Text | None = None
    insert_after_match: Text | None = None
    append_newline: Flag | None = None
    backup: Annotated[str | None, BeforeValidator(read_backup)] = ".bak"

    @model_validator(mode="after")
    def _sound(self) -> BlockreplaceSpec:
        ways = (
            *(self.append_if_not_found, self.prepend_if_not_found),
            *(bool(self.insert_before_match), bool(self.insert_after_match)),
        )
        if sum(ways) > 1:
            raise ValueError(
                "give only one of append_if_not_found, prepend_if_not_found, "
                "insert_before_match and insert_after_match"
            )
        for marker in (self.marker_start, self.marker_end):
            if "\n" in marker or "\r" in marker:
                raise ValueError("a marker is one line")
        for pattern in (self.insert_before_match, self.insert_after_match):
            if pattern:
                check_syntax(pattern)
        return self


class Blockreplace(SourcedState[BlockreplaceSpec]):
    """The lines between two markers are these; everything outside is left alone."""

    function: ClassVar[str] = "file.blockreplace"
    spec = BlockreplaceSpec

    def edit(self, spec: BlockreplaceSpec, text: str, given: tuple[str, ...]) -> Edit:
        content = spec.content + "".join(given)
        end = line_end(text)
        block = _Block(spec, content, end)
        lines = lines_of(text)
        kept: list[str] = []
        inside = found = False
        for line in lines:
            if spec.marker_start in line:
                inside = True
            elif inside:
                place = line.find(spec.marker_end)
                if place >= 0:
                    inside, found = False, True
                    kept.extend(block.lines(line[place:]))
                continue
            kept.append(line)
        if inside:
            raise StateError(
                f"Unterminated marked block in {spec.name}: end of file reached before marker_end"
            )
        return Edit("".join(kept if found else _added(spec, lines, block)))


class _Block:
    """The lines a block has to hold."""

    def __init__(self, spec: BlockreplaceSpec, content: str, end: str) -> None:
        self._spec = spec
        self._end = end
        self._content = content.replace("\r\n", "\n").split("\n")
        newline = spec.append_newline
        self._newline = not content.endswith("\n") if newline is None else newline

    def lines(self, closing: str) -> list[str]:
        """Return what follows the start marker, with the line that closes it."""
        closing = closing.rstrip("\r\n") + self._end
        *before, last = self._content
        lines = [line + self._end for line in before]
        return [*lines, last + self._end, closing] if self._newline else [*lines, last + closing]

    def whole(self) -> list[str]:
        return [self._spec.marker_start + self._end, *self.lines(self._spec.marker_end)]

    def after(self, lines: list[str]) -> list[str]:
        """Return the block behind lines, the last of which may lack its newline."""
        if lines and not lines[-1].endswith("\n"):
            lines = [*lines[:-1], lines[-1] + self._end]
        return [*lines, *self.whole()]


def _added(spec: BlockreplaceSpec, lines: list[str], block: _Block) -> list[str]:
    """Return the lines with the block where it belongs when it is not there."""
    if spec.prepend_if_not_found:
        return [*block.whole(), *lines]
    if spec.append_if_not_found:
        return block.after(lines)
    sought = spec.insert_before_match or spec.insert_after_match
    if sought:
        pattern = Pattern(sought).over_lines(lines)
        for place, line in enumerate(lines):
            if pattern.search(line):
                place += bool(spec.insert_after_match)
                return [*block.after(lines[:place]), *lines[place:]]
    raise StateError(
        f"Cannot edit marked block in {spec.name}: markers were not found",
        hint="set append_if_not_found or prepend_if_not_found",
    )
