"""What a publisher asks a master for on ``zester.keyring.ensure``, and the answer."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from zester.resources.document import Document


class KeyringRequest(Document):
    """Make the keys of these scopes that are missing or flagged; of all when ``rotate``."""

    scopes: Annotated[tuple[str, ...], Field(min_length=1, max_length=1000)]
    rotate: bool = False


class KeyringAnswer(Document):
    """``made`` counts new generations; ``error`` says why there are none."""

    made: Annotated[int, Field(ge=0)] = 0
    error: Annotated[str, Field(max_length=1000)] = ""
