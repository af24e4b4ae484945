"""The keys of one scope: one settings file of one source."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from zester.resources.document import Document

KEPT = 16
"""Generations a scope keeps: older content and older encrypted values can still be opened."""


class ScopeHalf(BaseModel):
    """One generation: the ``public`` box key, and the private one ``sealed`` to the masters."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    generation: Annotated[int, Field(ge=1, le=2**31)]
    public: Annotated[str, Field(min_length=43, max_length=43)]
    sealed: Annotated[str, Field(max_length=256)]


class ScopeKeys(Document):
    """Key ``<source>.<path>`` in bucket ``keyring``, in a master's envelope.

    ``halves`` are the kept generations, the newest last. ``rotate``: somebody who had the keys must
    not read what is to come, so that the next push has a new generation made.
    """

    version: Literal[1] = 1
    scope: Annotated[str, Field(min_length=3, max_length=1024)]
    halves: Annotated[tuple[ScopeHalf, ...], Field(min_length=1, max_length=KEPT)]
    rotate: bool = False

    @model_validator(mode="after")
    def _count_up(self) -> Self:
        numbers = [half.generation for half in self.halves]
        if any(low >= high for low, high in pairwise(numbers)):
            raise ValueError("generations do not count up")
        return self

    @property
    def newest(self) -> ScopeHalf:
        return self.halves[-1]

    def half(self, generation: int) -> ScopeHalf | None:
        """Return a generation, None when it is not kept."""
        return next((half for half in self.halves if half.generation == generation), None)
