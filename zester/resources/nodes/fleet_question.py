"""What operators ask masters of the fleet, and the pages of the answer."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from zester.resources.document import Document
from zester.resources.ids import Node

QuestionId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]


class FleetQuestion(Document):
    """Whom does a target mean, and what do those say at ``paths``?

    ``kind`` is how the target is read, ``groups`` are the node groups it may name. Pages of the
    answer are signed for the place ``fleet.<id>``, so that no answer is taken for another one's.
    """

    id: QuestionId
    target: Annotated[str, Field(max_length=512 * 1024)]
    kind: Annotated[str, Field(max_length=32)] = "compound"
    groups: dict[str, str] = Field(default_factory=dict)
    paths: Annotated[tuple[str, ...], Field(max_length=64)] = ()


class FleetPage(Document):
    """A part of the answer; the last one says so.

    ``sure`` has what each peel that is meant says at those paths where it says anything, ``maybe``
    those of whom only they themselves know. ``error`` tells why there is no answer.
    """

    number: Annotated[int, Field(ge=0)]
    last: bool = False
    sure: dict[Node, dict[str, Any]] = Field(default_factory=dict)
    maybe: tuple[Node, ...] = ()
    error: Annotated[str, Field(max_length=1024)] = ""
