"""``file.append`` and ``file.prepend``: these texts are in the file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import ClassVar, TypeVar

from pydantic import model_validator

from zester_peel.engine.fields import Flag, Texts
from zester_peel.states.file.edit.material import SourcedState, SourceSpec
from zester_peel.states.file.edit.text_state import Edit, line_end

_SPACES = r"[^\S\n]*"


class AddedSpec(SourceSpec):
    """Parameters of both; ``template`` holds for sources."""

    text: Texts | None = None
    makedirs: Flag = False

    @model_validator(mode="after")
    def _one_origin(self) -> AddedSpec:
        if (self.text is None) == (not self.origins):
            raise ValueError("give either text or source")
        return self

    def blocks(self, given: tuple[str, ...]) -> list[str]:
        """Return the texts, each looked for as a whole."""
        texts = given if self.text is None else self.text
        return [re.sub(r"\r\n?", "\n", text).removesuffix("\n") for text in texts]


class AppendSpec(AddedSpec):
    """Parameters of ``file.append``."""

    ignore_whitespace: Flag = True


class PrependSpec(AddedSpec):
    """Parameters of ``file.prepend``; ``header`` = the texts are the file's first lines."""

    header: Flag = False


SpecT = TypeVar("SpecT", bound=AddedSpec)


class _Added(SourcedState[SpecT]):
    def without(self, spec: SpecT) -> str | None:
        return None

    def makes_folders(self, spec: SpecT) -> bool:
        return spec.makedirs

    def said(self, spec: SpecT, text: str, done: str, lines: list[str]) -> Edit:
        return Edit(
            text,
            settled=f"File {spec.name} is in correct state",
            predicts=f"File {spec.name} is set to be updated",
            done=f"{done} {len(lines)} lines",
        )


class Append(_Added[AppendSpec]):
    """These lines are in the file; those that are not are added at its end, in order."""

    function: ClassVar[str] = "file.append"
    spec = AppendSpec

    def edit(self, spec: AppendSpec, text: str, given: tuple[str, ...]) -> Edit:
        missing = _missing(spec.blocks(given), text, spec.ignore_whitespace)
        end = line_end(text)
        gap = end if missing and text and not text.endswith("\n") else ""
        whole = text + gap + "".join(line + end for line in missing)
        return self.said(spec, whole, "Appended", missing)


class Prepend(_Added[PrependSpec]):
    """These lines are in the file; those that are not are added at its beginning."""

    function: ClassVar[str] = "file.prepend"
    spec = PrependSpec

    def edit(self, spec: PrependSpec, text: str, given: tuple[str, ...]) -> Edit:
        blocks = spec.blocks(given)
        if spec.header:
            missing = [line for block in blocks for line in block.split("\n")]
            first = [line.removesuffix("\r") for line in text.split("\n", len(missing))]
            if first[: len(missing)] == missing:
                missing = []
        else:
            missing = _missing(blocks, text, True)
        end = line_end(text)
        return self.said(spec, "".join(line + end for line in missing) + text, "Prepended", missing)


def _missing(blocks: Iterable[str], text: str, ignore_whitespace: bool) -> list[str]:
    """Return the lines of those blocks that are not in the text."""
    text = text.replace("\r\n", "\n")
    return [
        line
        for block in blocks
        if not _contains(text, block, ignore_whitespace)
        for line in block.split("\n")
    ]


def _contains(text: str, chunk: str, ignore_whitespace: bool) -> bool:
    """Tell whether the chunk is there as whole lines, spaces in them as they may be."""
    if f"\n{chunk}\n" in f"\n{text}\n":
        return True
    if not ignore_whitespace:
        return False
    lines = [line.split() for line in chunk.split("\n")]
    if any(words and words[0] not in text for words in lines):
        return False
    pattern = r"\n".join(
        _SPACES + _SPACES.join(map(re.escape, words)) + (_SPACES if words else "")
        for words in lines
    )
    return re.search(f"^{pattern}$", text, re.MULTILINE) is not None
