"""A job: one command for all peels that a target means."""

from __future__ import annotations

import re
import secrets
import time
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from zester.errors import InvalidKey
from zester.resources.document import Document

JOB_ID = r"\d{8}-\d{6}-[0-9a-f]{6}(?:-\d{1,6})?"
FUNCTION = r"[a-z_][a-z0-9_]{0,63}\.[a-z_][a-z0-9_]{0,63}"

JobId = Annotated[str, StringConstraints(pattern=f"^{JOB_ID}$")]
"""UTC date, time and a random part; a part of a batch has its number behind."""

Function = Annotated[str, StringConstraints(pattern=f"^{FUNCTION}$")]

_ID = re.compile(JOB_ID)


class Job(Document):
    """Payload of the signed place ``jobs.<jid>``, sent once to everybody.

    ``kind`` is how ``target`` is read: a kind of match of top files. ``timeout`` is how many
    seconds a peel may take. A ``durable`` job also reaches peels that come back before it expires.
    ``batch`` is how many peels may work at once; such a job is only a record, its parts are sent.
    """

    jid: JobId
    target: Annotated[str, Field(max_length=512 * 1024)]
    kind: Annotated[str, Field(max_length=32)] = "compound"
    function: Function
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = Field(default_factory=dict)
    test: bool = False
    timeout: Annotated[float | None, Field(gt=0, le=86_400 * 7)] = None
    durable: bool = False
    batch: Annotated[str, Field(max_length=16)] = ""
    retry_of: str = ""


def new_job_id(now: float | None = None) -> str:
    """Return the id of a new job; ids sort by time."""
    moment = time.gmtime(time.time() if now is None else now)
    return f"{time.strftime('%Y%m%d-%H%M%S', moment)}-{secrets.token_hex(3)}"


def parse_job_id(text: str) -> str:
    """Check a job id; raises InvalidKey."""
    if not _ID.fullmatch(text):
        raise InvalidKey(
            f"not a job id: {text[:80]!r}", hint="they look like 20260131-120000-1a2b3c"
        )
    return text


def part_of(jid: str) -> str:
    """Return the job whose batch a job is a part of; itself when it is none."""
    return "-".join(jid.split("-")[:3])
