"""A peel's claim to one of the few places in which a state may be applied at a time."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from zester.resources.document import Document


class SlotClaim(Document):
    """Key ``<key>.<id>`` in bucket ``slots``, written by that peel only; it runs out.

    ``ticket`` is the revision of the claim's first version, 0 in that version itself: who came
    first goes first. ``since`` in Unix seconds.
    """

    ticket: Annotated[int, Field(ge=0, lt=2**53)] = 0
    since: Annotated[float, Field(ge=0, lt=2**53)] = 0.0
