"""An object of a Kubernetes cluster, kept for the room of the master that acts on it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from zester.resources.document import Document

Text = Annotated[str, Field(min_length=1, max_length=253)]


class ClusterObject(Document):
    """Key ``<kind>.<cluster>.<namespace>.<name>`` in bucket ``objects``, signed by a master.

    ``kind`` is the plural, ``generation`` the version of ``spec`` as the cluster counts; ``uid``
    tells the object from another one that has its name later. ``orphaned``: the object is gone, and
    what it says stays in force.
    """

    kind: Text
    cluster: Text
    namespace: Text
    name: Text
    uid: Text
    generation: Annotated[int, Field(ge=0)] = 0
    spec: dict[str, Any] = Field(default_factory=dict, repr=False)
    orphaned: bool = False
