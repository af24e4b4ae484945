"""``file.line``: one line of a file."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, model_validator

from zester.errors import StateError
from zester_peel.engine.fields import Flag, Mode, Text, read_text
from zester_peel.host.protocol import HostReader
from zester_peel.states.file.edit.backup import read_timed
from zester_peel.states.file.edit.patterns import Pattern, check_syntax
from zester_peel.states.file.edit.text_state import Edit, TextSpec, TextState, line_end, lines_of
from zester_peel.states.file.ownership import Ownership, needed, wish

LineMode = Literal["ensure", "replace", "insert", "delete"]


def _read_mode(value: object) -> str:
    mode = read_text(value).lower()
    return "delete" if mode == "absent" else mode


class LineSpec(TextSpec):
    """Parameters of ``file.line``; ``mode`` is what to do, ``file_mode`` the permission bits."""

    content: Text | None = None
    match: Text | None = None
    mode: Annotated[LineMode, BeforeValidator(_read_mode)]
    location: Literal["start", "end"] | None = None
    before: Text | None = None
    after: Text | None = None
    backup: Annotated[str | None, BeforeValidator(read_timed)] = None
    quiet: Flag = False
    indent: Flag = True
    create: Flag = False
    user: Text | None = None
    group: Text | None = None
    file_mode: Mode | None = None

    @model_validator(mode="after")
    def _sound(self) -> LineSpec:
        if self.content is None and self.mode != "delete":
            raise ValueError("content may be left out only with mode: delete")
        if self.content is not None and "\n" in self.content.rstrip("\r\n"):
            raise ValueError("content is more than one line: use file.blockreplace or file.append")
        placed = self.before is not None or self.after is not None
        if self.mode == "ensure" and not placed:
            raise ValueError("mode: ensure needs before or after")
        if self.mode == "insert" and not placed and self.location is None:
            raise ValueError("mode: insert needs location, before or after")
        for pattern in (self.match, self.before, self.after):
            if pattern is not None:
                check_syntax(pattern, re.DOTALL)
        return self


class Line(TextState[LineSpec]):
    """One line of the file: there, replaced, or gone."""

    function: ClassVar[str] = "file.line"
    spec = LineSpec

    def requires(self, spec: LineSpec) -> tuple[str, ...]:
        return (*super().requires(spec), *needed(spec.user, spec.group))

    def without(self, spec: LineSpec) -> str | None:
        if spec.create:
            return None
        return "No changes needed to be made" if spec.quiet else super().without(spec)

    def owner(self, host: HostReader, spec: LineSpec) -> Ownership:
        return wish(host, spec.user, spec.group, spec.file_mode)

    def edit(self, spec: LineSpec, text: str, given: tuple[str, ...]) -> Edit:
        lines = lines_of(text)
        content = (spec.content or "").rstrip("\r\n")
        if spec.mode in ("delete", "replace"):
            sought = spec.match
            if not sought and spec.before is None and spec.after is None:
                sought = content
            found = _matching(lines, sought)
            if not found:
                return Edit(text)
            if spec.mode == "delete":
                return Edit("".join(line for line in lines if line != found[0]))
            return Edit(_replaced(lines, lines.index(found[0]), content, spec.indent))
        place, like = _place(spec, lines, content)
        if place is None:
            return Edit(text)
        return Edit(_inserted(text, lines, place, _indented(like, content, spec.indent)))


def _matching(lines: list[str], sought: str | None) -> list[str]:
    """Return the lines in which a pattern is found, or that hold it as it is written."""
    if not sought or not lines:
        return []
    pattern = Pattern(sought, re.DOTALL).over_lines(lines)
    return [line for line in lines if pattern.search(line) or sought in line]


def _only(lines: list[str], sought: str | None, what: str, content: str) -> int | None:
    """Return where the one line is that is meant, None when there is none.

    A line that was put in before may match as well: it is not meant.
    """
    found = _matching(lines, sought)
    if len(found) > 1:
        found = [line for line in found if not _same(line, content)] or found
    if len(found) > 1:
        raise StateError(f'Found more than expected occurrences in "{what}" expression')
    return lines.index(found[0]) if found else None


def _place(spec: LineSpec, lines: list[str], content: str) -> tuple[int | None, str]:
    """Return before which line the content goes, and which line's indent it takes.

    No place = it is there already.
    """
    if spec.mode == "insert" and spec.location == "start":
        return (None if lines and _same(lines[0], content) else 0), ""
    if spec.mode == "insert" and spec.location == "end":
        last = lines[-1] if lines else ""
        return (None if lines and _same(last, content) else len(lines)), last
    after = _only(lines, spec.after, "after", content)
    before = _only(lines, spec.before, "before", content)
    if after is not None and before is not None:
        return _between(spec, lines, content, after, before)
    if after is not None:
        there = after + 1 < len(lines) and _same(lines[after + 1], content)
        return (None if there else after + 1), lines[after]
    if before is None:
        raise StateError(f"Neither before or after was found in {spec.name}")
    there = before > 0 and _same(lines[before - 1], content)
    like = lines[before - 1] if spec.mode == "ensure" and before else lines[before]
    return (None if there else before), like


def _between(
    spec: LineSpec, lines: list[str], content: str, after: int, before: int
) -> tuple[int | None, str]:
    inside = lines[after + 1 : before] if after < before else []
    if spec.mode == "insert":
        near = inside or lines[max(0, before - 1) : before]
        there = any(_same(line, content) for line in near)
        return (None if there else before), lines[before]
    if before < after or len(inside) > 1:
        raise StateError('Found more than one line between boundaries "before" and "after".')
    if not inside:
        return before, lines[after]
    if _same(inside[0], content):
        return None, ""
    del lines[after + 1]  # the one line between gives way
    return after + 1, lines[after]


def _same(line: str, content: str) -> bool:
    return line.strip() == content.strip()


def _indented(like: str, content: str, indent: bool) -> str:
    if not indent:
        return content
    return like[: len(like) - len(like.lstrip(" \t"))] + content.lstrip()


def _replaced(lines: list[str], place: int, content: str, indent: bool) -> str:
    old = lines[place]
    end = old[len(old.rstrip("\r\n")) :]
    return "".join((*lines[:place], _indented(old, content, indent) + end, *lines[place + 1 :]))


def _inserted(text: str, lines: list[str], place: int, line: str) -> str:
    """Put a line in; the file ends with a newline as much as it did."""
    end = line_end(text)
    if not lines:
        return line + end
    if place < len(lines):
        return "".join((*lines[:place], line + end, *lines[place:]))
    whole = "".join(lines)
    return whole + line + end if whole.endswith("\n") else whole + end + line
