"""``file.comment`` and ``file.uncomment``: lines that count or do not."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar, NamedTuple

from pydantic import BeforeValidator, Field, model_validator

from zester.errors import StateError
from zester_peel.engine.fields import Flag, Text
from zester_peel.states.file.edit.backup import read_backup
from zester_peel.states.file.edit.patterns import Pattern, check_syntax
from zester_peel.states.file.edit.text_state import Edit, TextSpec, TextState, lines_of

_GLOBAL = re.compile(r"\(\?([aimsux]+)\)")


class UncommentSpec(TextSpec):
    """Parameters of ``file.uncomment``."""

    regex: Text = Field(min_length=1)
    char: Text = Field("#", min_length=1)
    backup: Annotated[str | None, BeforeValidator(read_backup)] = ".bak"

    @model_validator(mode="after")
    def _sound(self) -> UncommentSpec:
        check_syntax(self.regex, re.MULTILINE)
        if "\n" in self.char:
            raise ValueError("char cannot hold a newline")
        return self


class CommentSpec(UncommentSpec):
    """Parameters of ``file.comment``."""

    ignore_missing: Flag = False


class _Parts(NamedTuple):
    """A pattern without its flags and anchors; ``^`` and ``$`` where it had them, else empty."""

    flags: int
    start: str
    body: str
    end: str


def _parts(regex: str) -> _Parts:
    flags = 0
    found = _GLOBAL.match(regex)
    if found is not None:
        for letter in found[1]:
            flags |= getattr(re, letter.upper())
        regex = regex[found.end() :]
    body = regex.lstrip("^")
    anchored = body.endswith("$") and not _escaped(body)
    stripped = body[:-1] if anchored else body
    return _Parts(flags, "^" if regex.startswith("^") else "", stripped, "$" if anchored else "")


def _escaped(body: str) -> bool:
    """Tell whether the last character is taken as it is: an odd number of backslashes before."""
    before = body[:-1]
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1


def _has(text: str, pattern: str, flags: int) -> bool:
    return Pattern(pattern, flags | re.MULTILINE).over(text).search(text) is not None


class Comment(TextState[CommentSpec]):
    """The lines that match begin with the comment character."""

    function: ClassVar[str] = "file.comment"
    spec = CommentSpec

    def edit(self, spec: CommentSpec, text: str, given: tuple[str, ...]) -> Edit:
        flags, start, body, end = _parts(spec.regex)
        char = re.escape(spec.char)
        plain = rf"^(?![ \t]*{char})[ \t]*(?:{body})"
        commented = rf"{char}(?:{body})"
        flat = text.replace("\r\n", "\n")
        if not _has(flat, plain, flags):
            if _has(flat, commented, flags):
                return Edit(text, settled="Pattern already commented")
            if spec.ignore_missing:
                return Edit(text, settled="Pattern not found and ignore_missing set to True")
            raise StateError(f"{body}: Pattern not found")
        lines = lines_of(text)
        match = Pattern(f"{start}(?:{body}){end}", flags).over_lines(lines).match
        edited = "".join(spec.char + line if match(line.rstrip("\r\n")) else line for line in lines)
        if not _has(edited.replace("\r\n", "\n"), commented, flags):
            raise StateError("Expected commented lines not found")
        return _said(spec, edited, "Commented lines successfully")


class Uncomment(TextState[UncommentSpec]):
    """The lines that match do not begin with the comment character."""

    function: ClassVar[str] = "file.uncomment"
    spec = UncommentSpec

    def edit(self, spec: UncommentSpec, text: str, given: tuple[str, ...]) -> Edit:
        flags, _, body, end = _parts(spec.regex)
        char = re.escape(spec.char)
        plain = rf"^[ \t]*(?:{body}){end}"
        flat = text.replace("\r\n", "\n")
        if not _has(flat, rf"{char}[ \t]*(?:{body}){end}", flags):
            if _has(flat, plain, flags):
                return Edit(text, settled="Pattern already uncommented")
            raise StateError(f"{spec.regex}: Pattern not found")
        lines = lines_of(text)
        match = Pattern(rf"^{char}\s*(?:{body}){end}", flags).over_lines(lines).match
        edited = "".join(
            line.lstrip(spec.char) if match(line.rstrip("\r\n")) else line for line in lines
        )
        if not _has(edited.replace("\r\n", "\n"), plain, flags):
            raise StateError("Expected uncommented lines not found")
        return _said(spec, edited, "Uncommented lines successfully")


def _said(spec: UncommentSpec, text: str, done: str) -> Edit:
    return Edit(text, settled=done, predicts=f"File {spec.name} is set to be updated", done=done)
