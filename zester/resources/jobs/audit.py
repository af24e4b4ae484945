"""What the masters write down about commands, for ever."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from zester.resources.document import Document

NAMED = 200
"""Peels of one entry that are named; more are counted."""

AuditKind = Literal["given", "closed", "disbelieved"]


class AuditEntry(Document):
    """Message ``zester.event._master.audit.<jid>.<what>`` in the stream ``EVENTS``.

    ``who`` gave the command, by the signature; ``arguments`` as typed, without what looks secret.
    ``closed`` adds what became of it: ``results`` counts by status, silent peels included;
    ``others`` and ``silent`` name the first of those that are not ``done``. A message that claims
    to be a job and is not is ``disbelieved``, with the reason. ``at`` in Unix seconds.
    """

    jid: Annotated[str, Field(max_length=255)]
    what: AuditKind
    at: float
    who: str = ""
    target: Annotated[str, Field(max_length=1000)] = ""
    kind: str = "compound"
    function: str = ""
    arguments: Annotated[str, Field(max_length=2000)] = ""
    test: bool = False
    durable: bool = False
    batch: str = ""
    results: dict[str, int] = Field(default_factory=dict)
    others: dict[str, str] = Field(default_factory=dict)
    silent: tuple[str, ...] = ()
    error: Annotated[str, Field(max_length=500)] = ""
