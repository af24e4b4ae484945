"""What stands between a body and the store: forming, checks, rules."""

from __future__ import annotations

from support.kubernetes.cluster import Cluster
from support.kubernetes.objects.builtin import CRD
from support.kubernetes.objects.json_value import Json
from support.kubernetes.objects.kind import Kind
from support.kubernetes.objects.refusal import Cause, bad_request, invalid
from support.kubernetes.writes.definitions import definition_causes
from support.kubernetes.writes.metadata import metadata_causes, with_known_metadata
from support.kubernetes.writes.write import Write


def formed(cluster: Cluster, write: Write, thing: Json) -> Json:
    """Return the object as it would be stored; raises Refusal 400 when strict and it is not."""
    found, unknown = with_known_metadata(thing)
    if write.kind.custom:
        schema = cluster.schemas.formed(write.kind.schema, found)
        found, unknown = schema.thing, (*unknown, *schema.unknown)
    told = [f'unknown field "{field}"' for field in unknown]
    if told and write.validation == "Strict":
        raise bad_request("strict decoding error: " + ", ".join(told))
    if write.validation == "Warn":
        write.warnings.extend(told)
    return found


def check(cluster: Cluster, kind: Kind, thing: Json, old: Json | None) -> None:
    """Raise Refusal 422 with everything that is wrong with an object."""
    causes = []
    if old is None or thing["metadata"] is not old["metadata"]:
        causes += metadata_causes(kind, thing)
    if old is not None:
        causes += _deletion_causes(thing, old)
    if kind.custom:
        causes += cluster.schemas.wrong(kind.schema, thing, old)
    elif kind.shelf == CRD.shelf:
        causes += definition_causes(cluster.schemas, thing)
    if causes:
        raise invalid(kind, thing["metadata"]["name"], causes)


def _deletion_causes(thing: Json, old: Json) -> list[Cause]:
    if "deletionTimestamp" not in old["metadata"]:
        return []
    before = old["metadata"].get("finalizers", ())
    added = [each for each in thing["metadata"].get("finalizers", ()) if each not in before]
    if not added:
        return []
    return [
        Cause(
            *("FieldValueForbidden", "metadata.finalizers"),
            "Forbidden: no new finalizers can be added if the object is being deleted, "
            f"found new finalizers {added}",
        )
    ]
