"""Who said something in an object, as far as the object tells."""

from __future__ import annotations

from collections.abc import Mapping

from zester_controller.mirror.cluster.watch import Body
from zester_controller.mirror.objects.key import ObjectKey

LONGEST = 256


def said_by(cluster: str, key: ObjectKey, body: Body, *fields: str) -> str:
    """Return whose words these fields of a spec are: ``kube/prod Peel web/db-1 (kubectl-edit)``.

    Servers do not note users but the programs that wrote fields. Of several the last one counts.
    """
    found = ""
    when = ""
    for entry in body["metadata"].get("managedFields") or ():
        spec = (entry.get("fieldsV1") or {}).get("f:spec")
        if not isinstance(spec, Mapping) or not any(f"f:{name}" in spec for name in fields):
            continue
        if str(entry.get("time", "")) >= when:
            when, found = str(entry.get("time", "")), str(entry.get("manager", ""))
    told = f"{prefix_of(cluster)}{key} ({found})" if found else f"{prefix_of(cluster)}{key}"
    return "".join(c if c.isprintable() else "?" for c in told)[:LONGEST].strip()


def prefix_of(cluster: str) -> str:
    """Return how everything begins that was said in a cluster."""
    return f"kube/{cluster} "
