"""``file.replace``: what a regular expression finds in a file is this."""

from __future__ import annotations

import codecs
import re
from dataclasses import replace
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field, model_validator

from zester.errors import StateError
from zester_peel.engine.fields import Flag, Text, read_text
from zester_peel.states.file.edit.backup import read_backup
from zester_peel.states.file.edit.patterns import Pattern, check_syntax, read_flags
from zester_peel.states.file.edit.text_state import Edit, TextSpec, TextState, line_end, lines_of


def _read_buffer(value: object) -> int | str:
    if value == "file":
        return "file"
    try:
        return int(read_text(value))
    except ValueError:
        raise ValueError(f"{value!r} is neither a number of bytes nor 'file'") from None


def _read_encoding(value: object) -> str:
    try:
        return codecs.lookup(read_text(value)).name
    except LookupError:
        raise ValueError(f"{value!r} is no encoding") from None


class ReplaceSpec(TextSpec):
    """Parameters of ``file.replace``; ``bufsize`` is accepted, files are always read whole."""

    pattern: Text = Field(min_length=1)
    repl: Text
    count: int = Field(0, ge=0)
    flags: Annotated[int, BeforeValidator(read_flags)] = 8
    bufsize: Annotated[int | str, BeforeValidator(_read_buffer)] = 1
    append_if_not_found: Flag = False
    prepend_if_not_found: Flag = False
    not_found_content: Text | None = None
    backup: Annotated[str | None, BeforeValidator(read_backup)] = ".bak"
    ignore_if_missing: Flag = False
    backslash_literal: Flag = False
    encoding: Annotated[str, BeforeValidator(_read_encoding)] | None = None

    @model_validator(mode="after")
    def _sound(self) -> ReplaceSpec:
        check_syntax(self.pattern, self.flags)
        if self.append_if_not_found and self.prepend_if_not_found:
            raise ValueError("give only one of append_if_not_found and prepend_if_not_found")
        return self


class Replace(TextState[ReplaceSpec]):
    """What a regular expression finds in the file is replaced."""

    function: ClassVar[str] = "file.replace"
    spec = ReplaceSpec

    def without(self, spec: ReplaceSpec) -> str | None:
        return "No changes needed to be made" if spec.ignore_if_missing else super().without(spec)

    def encoding(self, spec: ReplaceSpec) -> str:
        return spec.encoding or "utf-8"

    def edit(self, spec: ReplaceSpec, text: str, given: tuple[str, ...]) -> Edit:
        if "\r\n" in text and _plain(spec):
            flat = text.replace("\r\n", "\n")
            if flat.replace("\n", "\r\n") == text:
                edit = self._edited(spec, flat)
                return replace(edit, text=edit.text.replace("\n", "\r\n"))
        return self._edited(spec, text)

    def _edited(self, spec: ReplaceSpec, text: str) -> Edit:
        repl = spec.repl.replace("\\", "\\\\") if spec.backslash_literal else spec.repl
        pattern = Pattern(spec.pattern, spec.flags).over(text)
        try:
            result, found = pattern.subn(repl, text, spec.count)
        except (re.error, IndexError) as error:
            raise StateError(f"repl {spec.repl!r} is not fit for the pattern: {error}") from error
        inserting = spec.append_if_not_found or spec.prepend_if_not_found
        if inserting and not found and not _has_line(spec, text):
            result = _inserted(spec, text)
        return Edit(result, predicts="Changes would have been made")


def _plain(spec: ReplaceSpec) -> bool:
    """Tell whether the state knows nothing of carriage returns: ``.`` must not eat one then."""
    texts = (spec.pattern, spec.repl, spec.not_found_content or "")
    return not any("\\r" in text or "\r" in text for text in texts)


def _has_line(spec: ReplaceSpec, text: str) -> bool:
    """Tell whether an earlier run has put the content in."""
    content = (spec.not_found_content or spec.repl).replace("\n", line_end(text))
    line = re.compile(f"^{re.escape(content)}($|(?=\r\n))", spec.flags & ~re.VERBOSE | re.MULTILINE)
    return line.search(text) is not None


def _inserted(spec: ReplaceSpec, text: str) -> str:
    content = spec.repl if spec.not_found_content is None else spec.not_found_content
    end = line_end(text)
    whole = content.replace("\n", end) + end
    if spec.prepend_if_not_found:
        return whole + text
    lines = lines_of(text)
    gap = end if lines and not lines[-1].endswith("\n") else ""
    return text + gap + whole
