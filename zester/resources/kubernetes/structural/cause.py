"""One thing that is wrong with an object."""

from __future__ import annotations

from enum import StrEnum

from zester.dataclass import dataclass


class CauseReason(StrEnum):
    """The words that API servers use in ``details.causes``."""

    REQUIRED = "FieldValueRequired"
    INVALID = "FieldValueInvalid"
    TYPE_INVALID = "FieldValueTypeInvalid"
    NOT_SUPPORTED = "FieldValueNotSupported"
    DUPLICATE = "FieldValueDuplicate"
    TOO_LONG = "FieldValueTooLong"
    TOO_MANY = "FieldValueTooMany"

    @property
    def blocks_rules(self) -> bool:
        """Whether rules are not looked at any more: they may rely on the shape of the object."""
        return self in (self.REQUIRED, self.TYPE_INVALID, self.TOO_LONG, self.TOO_MANY)


@dataclass(frozen=True, slots=True)
class Cause:
    """``field`` is written as API servers do: ``spec.waves[0].name``.

    ``message`` never holds the value: it may be a secret.
    """

    reason: CauseReason
    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message


def child(field: str, name: str) -> str:
    """Return the place of a field."""
    return f"{field}.{name}" if field else name


def item(field: str, index: int | str) -> str:
    """Return the place of an element of a list or an entry of a map."""
    return f"{field}[{index}]"
