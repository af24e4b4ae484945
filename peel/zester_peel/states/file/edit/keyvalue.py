"""``file.keyvalue``: these keys have these values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Annotated, ClassVar

from pydantic import AliasChoices, BeforeValidator, Field, model_validator

from zester.dataclass import dataclass
from zester_peel.engine.fields import Flag, Text
from zester_peel.states.file.edit.text_state import Edit, TextSpec, TextState, line_end, lines_of


def _read_value(value: object) -> str:
    if isinstance(value, Mapping | list | tuple):
        raise ValueError("expected a text or a number")
    return str(value)


def _read_pairs(value: object) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for each in value if isinstance(value, list | tuple) else [value]:
        if not isinstance(each, Mapping):
            raise ValueError("expected a map of keys and values")
        pairs |= {str(key): _read_value(item) for key, item in each.items()}
    if not pairs:
        raise ValueError("the map of keys and values is empty")
    return pairs


class KeyvalueSpec(TextSpec):
    """Parameters of ``file.keyvalue``; ``count`` -1 = every line with the key."""

    key: Text | None = None
    value: Annotated[str | None, BeforeValidator(_read_value)] = None
    key_values: Annotated[dict[str, str], BeforeValidator(_read_pairs)] | None = Field(
        None, validation_alias=AliasChoices("key_values", "entries")
    )
    separator: Text = Field("=", min_length=1)
    append_if_not_found: Flag = False
    prepend_if_not_found: Flag = False
    search_only: Flag = False
    ignore_if_missing: Flag = False
    count: int = Field(1, ge=-1)
    uncomment: Text | None = None
    key_ignore_case: Flag = False
    value_ignore_case: Flag = False
    create_if_missing: Flag = False
    prune: Flag = False

    @model_validator(mode="after")
    def _sound(self) -> KeyvalueSpec:
        if (self.key is None) != (self.value is None):
            raise ValueError("key and value belong together")
        if (self.key is None) == (self.key_values is None):
            raise ValueError("give either key and value, or key_values")
        for text in (self.separator, *(part for pair in self.pairs.items() for part in pair)):
            if "\n" in text or "\r" in text:
                raise ValueError(f"{text!r} is more than one line")
        if not all(self.pairs):
            raise ValueError("a key cannot be empty")
        if self.key_ignore_case and len({key.lower() for key in self.pairs}) < len(self.pairs):
            raise ValueError("with key_ignore_case a key is there twice")
        return self

    @property
    def pairs(self) -> dict[str, str]:
        if self.key_values is not None:
            return self.key_values
        return {} if self.key is None or self.value is None else {self.key: self.value}


class Keyvalue(TextState[KeyvalueSpec]):
    """These keys have these values, each on a line of its own."""

    function: ClassVar[str] = "file.keyvalue"
    spec = KeyvalueSpec

    def without(self, spec: KeyvalueSpec) -> str | None:
        if spec.create_if_missing:
            return None
        if spec.ignore_if_missing:
            return f"unable to open {spec.name}"
        return super().without(spec)

    def edit(self, spec: KeyvalueSpec, text: str, given: tuple[str, ...]) -> Edit:
        if spec.search_only:
            return Edit(text)
        walk = _Walk(spec, line_end(text), creating=spec.create_if_missing and not text)
        lines = lines_of(text)
        for line in lines:
            walk.take(line)
        walk.complete()
        changed, deleted = walk.changed, walk.deleted
        return Edit(
            "".join(walk.lines),
            predicts=f"File {spec.name} is set to be changed "
            f"({changed} lines modified, {deleted} deleted)",
            done=f"Changed {changed}, deleted {deleted} lines",
        )


@dataclass(slots=True)
class _Walk:
    """One way through the lines of a file."""

    spec: KeyvalueSpec
    end: str
    creating: bool
    lines: list[str] = field(default_factory=list)
    changed: int = 0
    deleted: int = 0
    _left: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self._left = dict.fromkeys(self.spec.pairs, self.spec.count)

    def take(self, line: str) -> None:
        """Keep a line, give it the right value, or drop it."""
        bare = line.lstrip(self.spec.uncomment)
        if self.spec.prune and not self._folded(bare).startswith(
            tuple(map(self._folded, self.spec.pairs))
        ):
            self.deleted += 1
            return
        written, separator, rest = bare.partition(self.spec.separator)
        key = self._meant(written) if separator else None
        if key is None:
            self.lines.append(line)
            return
        value = self.spec.pairs[key]
        was, wished = rest.strip(), value.strip()
        if self.spec.value_ignore_case:
            was, wished = was.lower(), wished.lower()
        left = self._left[key]
        if left > 0:
            self._left[key] -= 1
        commented = len(bare) < len(line)
        if self._stands(was == wished, commented, left):
            self.lines.append(line)
            return
        self.changed += 1
        if left != 0:
            self.lines.append(f"{written}{separator}{value}{self.end}")

    def complete(self) -> None:
        """Add what is still missing, where it is wanted."""
        missing = [
            f"{key}{self.spec.separator}{value}{self.end}"
            for key, value in self.spec.pairs.items()
            if self._left[key] > 0
        ]
        if self.spec.append_if_not_found or self.creating:
            if missing and self.lines and not self.lines[-1].endswith("\n"):
                self.lines[-1] += self.end
            self.lines.extend(missing)
        elif self.spec.prepend_if_not_found:
            self.lines[:0] = reversed(missing)
        else:
            return
        self.changed += len(missing)

    @staticmethod
    def _stands(same: bool, commented: bool, left: int) -> bool:
        """Tell whether a line with the key stays as it is.

        ``left`` = how many lines with it are still wanted: a comment beyond stays one, any other
        line beyond is dropped.
        """
        return left <= 0 if commented else same and left != 0

    def _meant(self, written: str) -> str | None:
        folded = self._folded(written)
        return next((key for key in self.spec.pairs if self._folded(key) == folded), None)

    def _folded(self, text: str) -> str:
        return text.lower() if self.spec.key_ignore_case else text
