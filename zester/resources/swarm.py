"""Simulated peels: what one process that runs many of them has to know."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from zester.resources.document import Document
from zester.resources.ids import Name, Node


class SwarmMember(Document):
    """One simulated peel, already enrolled; ``seed`` is its private key, ``number`` counts all."""

    id: Node
    role: str
    number: int
    seed: str = Field(repr=False)
    peel: str = Field(repr=False)
    entry: str = Field(repr=False)


class SwarmShare(Document):
    """File of mode 0600: the peels of one process, and whom they believe.

    ``memory`` is a folder for what stands for their disks. Times in seconds, as in the settings of
    a peel.
    """

    url: tuple[str, ...]
    env: Name
    operator: str
    authorities: tuple[str, ...]
    bundle: str
    memory: str
    lease_ttl: Annotated[float, Field(ge=3)] = 30.0
    bus_resync: Annotated[float, Field(ge=1)] = 60.0
    host_resync: Annotated[float, Field(ge=1)] = 600.0
    members: tuple[SwarmMember, ...]
