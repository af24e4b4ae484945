"""One encrypted value inside a settings file: ``zsc1:<generation>:<base64url>``."""

from __future__ import annotations

from typing import Self

from zester.dataclass import dataclass
from zester.errors import CannotOpen
from zester.resources.sealing.encrypted import FORM, START
from zester.trust.sealing import BoxKey, seal
from zester.trust.tokens import decode_part, encode_part


@dataclass(frozen=True, slots=True)
class SealedValue:
    """A text that is sealed to one generation of the key of the file it stands in."""

    generation: int
    box: bytes

    @classmethod
    def seal(cls, public: str, generation: int, text: str) -> Self:
        """Encrypt a text; raises InvalidToken for a bad key."""
        return cls(generation, seal(public, text.encode()))

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the value a text stands for, None when it is not of this form."""
        found = FORM.fullmatch(text) if text.startswith(START) else None
        return None if found is None else cls(int(found[1]), decode_part(found[2]))

    def open(self, key: BoxKey) -> str:
        """Return the text; raises CannotOpen."""
        try:
            return key.open(self.box).decode()
        except UnicodeDecodeError as error:
            raise CannotOpen("what was encrypted is not text") from error

    def __str__(self) -> str:
        return f"{START}{self.generation}:{encode_part(self.box)}"
