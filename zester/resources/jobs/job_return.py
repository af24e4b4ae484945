"""What became of a job on one peel."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from zester.resources.document import Document
from zester.resources.ids import Digest, Node
from zester.resources.jobs.job import Function, JobId

ReturnStatus = Literal[
    "done", "failed", "error", "refused", "timeout", "killed", "interrupted", "expired"
]

MEANINGS: dict[ReturnStatus, str] = {
    "done": "it went well",
    "failed": "it ran, and says that it did not go well",
    "error": "it could not be run as it was asked for",
    "refused": "the sender may not do this here, or nobody may now",
    "timeout": "it took too long and was ended",
    "killed": "somebody ended it",
    "interrupted": "the peel was restarted in the middle of it",
    "expired": "the peel came back too late for it",
}


class LargeValue(Document):
    """A value that was too large for the return: its JSON is in ``parts`` messages of the stream
    ``JOBS`` under ``zester.job.<jid>.output.<id>.<n>``, ``size`` bytes with this digest."""

    digest: Digest
    size: Annotated[int, Field(ge=0)]
    parts: Annotated[int, Field(ge=1)]


class JobReturn(Document):
    """Message ``zester.job.<jid>.return.<id>`` in the stream ``JOBS``; one for each peel and job.

    ``who`` gave the command, by the signature. ``value`` is JSON, of a ``large`` one a preview as
    text. ``retcode`` is a command's. Times in Unix seconds.
    """

    jid: JobId
    node: Node
    who: str
    function: Function
    status: ReturnStatus
    retcode: int = 0
    value: Any = None
    large: LargeValue | None = None
    error: str = ""
    hint: str = ""
    started: float = 0.0
    duration: float = 0.0

    @property
    def ok(self) -> bool:
        return self.status == "done"

    def encode(self) -> bytes:
        """Return JSON, in a quarter of the time that the canonical form takes.

        Nobody compares the bytes, and of all documents this one is told most often.
        """
        return self.model_dump_json(exclude_defaults=True).encode()
