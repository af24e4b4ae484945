"""Change an object that is there, or its status."""

from __future__ import annotations

from support.kubernetes.cluster import Cluster
from support.kubernetes.fields.managers import Managers
from support.kubernetes.fields.ownership import remaining, updated
from support.kubernetes.objects.clock import now
from support.kubernetes.objects.json_value import Json, Value
from support.kubernetes.objects.kind import Kind
from support.kubernetes.objects.refusal import Cause, conflict, invalid, not_found
from support.kubernetes.writes.admission import check, formed
from support.kubernetes.writes.create import completed
from support.kubernetes.writes.metadata import decoded, placed, servers_own
from support.kubernetes.writes.write import Write

_ABOUT_STATUS = ("apiVersion", "kind", "metadata", "status")
_STALE = (
    "the object has been modified; please apply your changes to the latest version and try again"
)


def stored(cluster: Cluster, kind: Kind, namespace: str, name: str) -> Json:
    """Return what is stored; raises Refusal 404."""
    found = cluster.store.get(kind.shelf, (namespace, name))
    if found is None:
        raise not_found(kind, name)
    return found


def put(cluster: Cluster, write: Write, body: Value) -> Json:
    """Replace an object by the body of a PUT."""
    old = stored(cluster, write.kind, write.namespace, write.name)
    thing = decoded(write.kind, body)
    if write.kind.custom and not thing["metadata"].get("resourceVersion"):
        cause = Cause(
            *("FieldValueInvalid", "metadata.resourceVersion"),
            "Invalid value: 0: must be specified for an update",
        )
        raise invalid(write.kind, write.name, [cause])
    return replace(cluster, write, old, thing)


def replace(cluster: Cluster, write: Write, old: Json, body: Value) -> Json:
    """Store what a writer wants an object to be and return it."""
    thing = placed(write.kind, decoded(write.kind, body), write.namespace, write.name)
    check_claims(write.kind, old, thing["metadata"])
    return change(cluster, write, old, thing)


def change(
    cluster: Cluster, write: Write, old: Json, thing: Json, managers: Managers | None = None
) -> Json:
    """Store the new form of an object and return it; nothing is stored when nothing changes.

    ``managers`` are who wants to own what afterwards, when that is known already (apply).
    """
    kind = write.kind
    if write.status:
        thing = {name: thing[name] for name in _ABOUT_STATUS if name in thing}
    thing = write.restricted(formed(cluster, write, servers_own(thing, old)), old)
    check(cluster, kind, thing, old)
    if not write.subresource:
        thing = completed(kind, thing)
    metadata = dict(thing["metadata"])
    if kind.generation and _desired(kind, thing) != _desired(kind, old):
        metadata["generation"] = old["metadata"].get("generation", 0) + 1
    if managers is None:
        managers = updated(old, cluster.owners.of(old), thing, write.by(now()), kind.shape)
    else:
        managers = remaining(managers, old, thing, kind.shape)
    metadata["managedFields"] = managers.documents()
    thing = {**thing, "metadata": metadata}
    if _same(thing, old):
        return old
    if write.dry_run:
        return thing
    if "deletionTimestamp" in metadata and not metadata.get("finalizers") and not _held(thing):
        return cluster.remove(kind, thing)
    thing = cluster.put(kind, thing)
    cluster.owners.learn(thing, managers)
    return thing


def check_claims(kind: Kind, old: Json, claims: Json) -> None:
    """Raise Refusal 409 unless it is the object, and its version, that the writer means."""
    stored_now = old["metadata"]
    name = stored_now["name"]
    if claims.get("uid", stored_now["uid"]) != stored_now["uid"]:
        raise conflict(
            kind,
            name,
            f"Precondition failed: UID in precondition: {claims['uid']}, "
            f"UID in object meta: {stored_now['uid']}",
        )
    if (claims.get("resourceVersion") or stored_now["resourceVersion"]) != (
        stored_now["resourceVersion"]
    ):
        raise conflict(kind, name, _STALE)


def _held(thing: Json) -> bool:
    """Whether a namespace still waits for what is in it."""
    return thing["kind"] == "Namespace" and bool(thing.get("spec", {}).get("finalizers"))


def _desired(kind: Kind, thing: Json) -> Json:
    left_out = ("metadata", "status") if kind.status else ("metadata",)
    return {name: value for name, value in thing.items() if name not in left_out}


def _same(thing: Json, old: Json) -> bool:
    """Whether nothing differs but when somebody took a field."""
    if thing.keys() != old.keys():
        return False
    if any(thing[name] != old[name] for name in thing if name != "metadata"):
        return False
    return _timeless(thing["metadata"]) == _timeless(old["metadata"])


def _timeless(metadata: Json) -> Json:
    entries = metadata.get("managedFields", ())
    return {**metadata, "managedFields": [{**entry, "time": ""} for entry in entries]}
