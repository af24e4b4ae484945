"""A lease: somebody says that he is alive, until it runs out."""

from __future__ import annotations

from zester.resources.document import Document


class Lease(Document):
    """Key ``peel.<id>`` or ``role.<name>`` in bucket ``leases``; ``renewed`` in Unix seconds."""

    holder: str
    renewed: float
