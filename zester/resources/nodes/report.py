"""The report of one run: what changed on a node, when and why."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from zester.resources.document import Document
from zester.resources.ids import Name, Node


class ReportedChange(Document):
    """One state that changed or failed. ``change_class`` is intended, corrected or refreshed."""

    ref: str
    at: str
    result: bool | None
    comment: str = ""
    change_class: str | None = None
    changes: dict[str, Any] = Field(default_factory=dict)


class RunReport(Document):
    """Published on ``zester.event.<id>.run``.

    ``number`` counts from 1 in the peel's ``spool`` (a random name made with its database), so that
    a report is delivered exactly once, whatever breaks in between. At most 100 states are listed,
    failures first; ``omitted`` tells how many more there were. Times in Unix seconds.
    """

    id: str
    spool: str
    number: Annotated[int, Field(ge=1)]
    node: Node
    env: Name
    revisions: dict[str, int]
    cause: str
    started: float
    duration: float
    states: tuple[ReportedChange, ...] = ()
    omitted: int = 0
