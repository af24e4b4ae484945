"""Make an object."""

from __future__ import annotations

import base64
import uuid

from support.kubernetes.cluster import Cluster
from support.kubernetes.fields.managers import Managers
from support.kubernetes.fields.ownership import remaining, updated
from support.kubernetes.objects.builtin import CRD, NAMESPACE
from support.kubernetes.objects.clock import now
from support.kubernetes.objects.json_value import Json, Value
from support.kubernetes.objects.kind import Kind
from support.kubernetes.objects.refusal import Refusal, already_exists, bad_request, not_found
from support.kubernetes.writes.admission import check, formed
from support.kubernetes.writes.definitions import established
from support.kubernetes.writes.metadata import decoded, fresh, placed
from support.kubernetes.writes.write import Write


def create(cluster: Cluster, write: Write, body: Value, managers: Managers | None = None) -> Json:
    """Store a new object and return it; raises Refusal."""
    kind = write.kind
    thing = placed(kind, decoded(kind, body), write.namespace, write.name)
    if thing["metadata"].get("resourceVersion"):
        raise bad_request("resourceVersion should not be set on objects to be created")
    if kind.terminating:
        raise Refusal(
            405,
            "MethodNotAllowed",
            "create not allowed while custom resource definition is terminating",
        )
    _check_namespace(cluster, write.namespace, kind, thing["metadata"]["name"])
    thing = write.restricted(formed(cluster, write, fresh(thing)), None)
    if kind.custom:
        thing = cluster.schemas.formed(kind.schema, thing).thing
    if cluster.store.get(kind.shelf, (write.namespace, thing["metadata"]["name"])) is not None:
        raise already_exists(kind, thing["metadata"]["name"])
    check(cluster, kind, thing, None)
    if managers is None:
        managers = updated({}, Managers(), thing, write.by(now()), kind.shape)
    else:
        managers = remaining(managers, {}, thing, kind.shape)
    thing = completed(kind, thing)
    thing["metadata"] |= {"uid": str(uuid.uuid4()), "creationTimestamp": now()}
    if kind.generation:
        thing["metadata"]["generation"] = 1
    thing["metadata"]["managedFields"] = managers.documents()
    if write.dry_run:
        return thing
    thing = cluster.put(kind, thing)
    cluster.owners.learn(thing, managers)
    return thing


def completed(kind: Kind, thing: Json) -> Json:
    """Return a built-in object with what its server adds."""
    thing = {**thing, "metadata": dict(thing["metadata"])}
    if kind.shelf == CRD.shelf:
        return established(thing)
    if kind.shelf == NAMESPACE.shelf:
        labels = {**thing["metadata"].get("labels", {})}
        thing["metadata"]["labels"] = {
            **labels,
            "kubernetes.io/metadata.name": thing["metadata"]["name"],
        }
        return {"spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}, **thing}
    if kind.name == "Secret":
        data = dict(thing.get("data") or {})
        for name, text in (thing.pop("stringData", None) or {}).items():
            data[name] = base64.b64encode(text.encode()).decode()
        return {"type": "Opaque", **thing, **({"data": data} if data else {})}
    return thing


def _check_namespace(cluster: Cluster, namespace: str, kind: Kind, name: str) -> None:
    if not namespace:
        return
    found = cluster.store.get(NAMESPACE.shelf, ("", namespace))
    if found is None:
        raise not_found(NAMESPACE, namespace)
    if "deletionTimestamp" in found["metadata"]:
        why = f"unable to create new content in namespace {namespace}: it is being terminated"
        raise Refusal(
            403,
            "Forbidden",
            f'{kind.resource} "{name}" is forbidden: {why}',
            details={
                "name": name,
                "group": kind.group,
                "kind": kind.plural,
                "causes": [
                    {
                        "reason": "NamespaceTerminating",
                        "message": f"namespace {namespace} is being terminated",
                        "field": "metadata.namespace",
                    }
                ],
            },
        )
