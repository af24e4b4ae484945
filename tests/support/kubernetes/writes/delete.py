"""Take objects away, at once or when their finalizers are gone."""

from __future__ import annotations

from support.kubernetes.cluster import Cluster
from support.kubernetes.objects.builtin import CRD, NAMESPACE
from support.kubernetes.objects.clock import now
from support.kubernetes.objects.json_value import Json
from support.kubernetes.objects.kind import Kind
from support.kubernetes.objects.refusal import conflict
from support.kubernetes.writes.definitions import CLEAN_UP
from support.kubernetes.writes.replace import stored


def delete(
    cluster: Cluster, kind: Kind, namespace: str, name: str, options: Json, *, dry_run: bool = False
) -> Json:
    """Delete an object and return the answer: the object that waits, or that it is gone."""
    thing = stored(cluster, kind, namespace, name)
    for field, wanted in (options.get("preconditions") or {}).items():
        if wanted is not None and thing["metadata"][field] != wanted:
            raise conflict(
                kind,
                name,
                f"Precondition failed: {field} in precondition: {wanted}, "
                f"{field} in object meta: {thing['metadata'][field]}",
            )
    if options.get("propagationPolicy") == "Orphan" and not dry_run:
        _release(cluster, thing["metadata"]["uid"])
    waiting = thing if dry_run else ended(cluster, kind, thing)
    if waiting is not None and not dry_run:
        return waiting
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": {
            "name": name,
            "group": kind.group,
            "kind": kind.plural,
            "uid": thing["metadata"]["uid"],
        },
    }


def ended(cluster: Cluster, kind: Kind, thing: Json) -> Json | None:
    """Mark an object as being deleted, or remove it; return it if it still has to wait."""
    metadata = thing["metadata"]
    if not metadata.get("finalizers") and kind.shelf != NAMESPACE.shelf:
        cluster.remove(kind, thing)
        return None
    if "deletionTimestamp" in metadata:
        return thing
    marked = {**metadata, "deletionTimestamp": now(), "deletionGracePeriodSeconds": 0}
    if "generation" in metadata:
        marked["generation"] = metadata["generation"] + 1
    found = {**thing, "metadata": marked}
    if kind.shelf == NAMESPACE.shelf:
        found["status"] = {**thing.get("status", {}), "phase": "Terminating"}
    return cluster.put(kind, found)


def _release(cluster: Cluster, owner: str) -> None:
    """Let what an object owns live on without it."""
    for shelf, thing in cluster.store.owned_by(owner):
        kind = cluster.kinds.on(shelf)
        owners = thing["metadata"]["ownerReferences"]
        left = [each for each in owners if each["uid"] != owner]
        if kind is not None:
            cluster.put(kind, {**thing, "metadata": {**thing["metadata"], "ownerReferences": left}})


def settle(cluster: Cluster) -> None:
    """Empty what is being deleted with all it holds, until nothing more can be done."""
    before = -1
    while before != cluster.store.revision:
        before = cluster.store.revision
        _empty_kinds(cluster)
        _empty_namespaces(cluster)
        _collect_orphans(cluster)


def _empty_kinds(cluster: Cluster) -> None:
    for definition in cluster.store.all(CRD.shelf):
        metadata = definition["metadata"]
        if "deletionTimestamp" not in metadata or CLEAN_UP not in metadata.get("finalizers", ()):
            continue
        kind = next((each for each in cluster.kinds if each.resource == metadata["name"]), None)
        things = cluster.store.all(kind.shelf) if kind else []
        if kind and [thing for thing in things if ended(cluster, kind, thing) is not None]:
            continue
        left = [each for each in metadata["finalizers"] if each != CLEAN_UP]
        cleaned = {**definition, "metadata": {**metadata, "finalizers": left}}
        if left:
            cluster.put(CRD, cleaned)
        else:
            cluster.remove(CRD, cleaned)


def _empty_namespaces(cluster: Cluster) -> None:
    for namespace in cluster.store.all(NAMESPACE.shelf):
        metadata = namespace["metadata"]
        if "deletionTimestamp" not in metadata:
            continue
        waiting = False
        for shelf, _ in cluster.store.shelves():
            kind = cluster.kinds.on(shelf)
            if kind is None or not kind.namespaced:
                continue
            for thing in cluster.store.all(shelf, metadata["name"]):
                waiting |= ended(cluster, kind, thing) is not None
        if waiting:
            continue
        emptied = {**namespace, "spec": {}}
        if metadata.get("finalizers"):
            if namespace.get("spec"):
                cluster.put(NAMESPACE, emptied)
        else:
            cluster.remove(NAMESPACE, emptied)


def _collect_orphans(cluster: Cluster) -> None:
    """Delete what was owned only by objects that are gone."""
    while cluster.gone:
        for shelf, thing in cluster.store.owned_by(cluster.gone.pop()):
            kind = cluster.kinds.on(shelf)
            owners = [owner["uid"] for owner in thing["metadata"]["ownerReferences"]]
            if kind is not None and not any(cluster.store.has(owner) for owner in owners):
                ended(cluster, kind, thing)
