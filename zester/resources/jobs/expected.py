"""Which peels a job should hear from."""

from __future__ import annotations

from zester.resources.document import Document
from zester.resources.jobs.job import JobId


class Expected(Document):
    """Message ``zester.job.<jid>.expected`` in the stream ``JOBS``, from whoever sent the job.

    ``live`` held a lease when the job was sent, ``away`` did not.
    """

    jid: JobId
    live: tuple[str, ...] = ()
    away: tuple[str, ...] = ()
