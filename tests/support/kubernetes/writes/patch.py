"""Change an object by a patch of any of the five kinds."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import yaml

from support.kubernetes.cluster import Cluster
from support.kubernetes.fields.managers import Managers
from support.kubernetes.fields.ownership import FieldConflict, applied
from support.kubernetes.objects.clock import now
from support.kubernetes.objects.json_value import Json, Value, parsed
from support.kubernetes.objects.refusal import (
    Cause,
    Refusal,
    bad_request,
    conflict,
    invalid,
    not_found,
)
from support.kubernetes.patches.json_patch import PatchFailed, json_patched
from support.kubernetes.patches.merge_patch import merge_patched
from support.kubernetes.patches.strategic import strategically_merged
from support.kubernetes.writes.create import create
from support.kubernetes.writes.metadata import decoded, placed
from support.kubernetes.writes.replace import change, check_claims, replace, stored
from support.kubernetes.writes.write import Write

APPLY = "application/apply-patch+yaml"
JSON = "application/json-patch+json"
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"


def patch(cluster: Cluster, write: Write, media: str, body: bytes) -> Json:
    """Change an object as the patch says; raises Refusal, 415 for what the kind does not take."""
    if media not in (JSON, MERGE) and (media != STRATEGIC or write.kind.custom):
        known = [JSON, MERGE, *(() if write.kind.custom else (STRATEGIC,)), APPLY]
        raise Refusal(
            *(415, "UnsupportedMediaType"),
            "the body of the request was in an unknown format - accepted media types include: "
            + ", ".join(known),
        )
    changes = _parsed(parsed, body)
    old = stored(cluster, write.kind, write.namespace, write.name)
    if media == JSON:
        if not isinstance(changes, list):
            raise bad_request("a JSON patch is a list of operations")
        try:
            thing = json_patched(old, changes)
        except PatchFailed as error:
            raise Refusal(
                *(422, "Invalid"),
                "the server rejected our request due to an error in our request: " + str(error),
            ) from error
    elif not isinstance(changes, dict):
        raise bad_request("a merge patch is an object")
    elif media == MERGE:
        thing = merge_patched(old, changes)
    else:
        thing = strategically_merged(old, changes)
    return replace(cluster, write, old, thing)


def apply(
    cluster: Cluster, write: Write, body: bytes, *, force: bool, may_create: Callable[[], None]
) -> tuple[Json, bool]:
    """Merge what the writer wants to own into the object; return it and whether it is new.

    ``may_create`` raises Refusal when the user may not make the object that is not there.
    """
    config = decoded(write.kind, _parsed(_yaml, body))
    if config["metadata"].get("managedFields"):
        raise bad_request("metadata.managedFields must be nil")
    if not write.manager:
        raise _no_manager(write)
    old = cluster.store.get(write.kind.shelf, write.key)
    if old is None:
        if write.subresource:
            raise not_found(write.kind, write.name)
        may_create()
        if uid := config["metadata"].get("uid"):
            why = f"Precondition failed: UID in precondition: {uid}, UID in object meta: "
            raise conflict(write.kind, write.name, why)
        _, managers = _applied(write, {}, Managers(), config, force=True)
        return create(cluster, write, config, managers), True
    check_claims(write.kind, old, config["metadata"])
    thing, managers = _applied(write, old, cluster.owners.of(old), config, force=force)
    thing = placed(write.kind, thing, write.namespace, write.name)
    return change(cluster, write, old, thing, managers), False


def _applied(
    write: Write, live: Json, managers: Managers, config: Json, *, force: bool
) -> tuple[Json, Managers]:
    who = write.by(now(), "Apply")
    try:
        return applied(
            *(live, managers, config, who, write.kind.shape), status=write.status, force=force
        )
    except FieldConflict as error:
        causes = [
            Cause("FieldManagerConflict", _shown(path), f'conflict with "{owner}"')
            for owner, paths in error.owners.items()
            for path in paths
        ]
        told = ", ".join(f"{cause.message}: {cause.field}" for cause in causes)
        many = "1 conflict" if len(causes) == 1 else f"{len(causes)} conflicts"
        raise Refusal(
            *(409, "Conflict"),
            f"Apply failed with {many}: {told}",
            details={"causes": [cause.document() for cause in causes]},
        ) from error


def _shown(path: tuple[str, ...]) -> str:
    """Return a path as messages write it: ``.status.conditions[type="Ready"].reason``."""
    text = ""
    for element in path:
        if element.startswith("f:"):
            text += "." + element[2:]
        elif element.startswith("k:"):
            keys = json.loads(element[2:])
            text += "[" + ",".join(f"{key}={json.dumps(keys[key])}" for key in keys) + "]"
        elif element.startswith("v:"):
            text += f"[{element[2:]}]"
    return text


def _no_manager(write: Write) -> Refusal:
    cause = Cause(
        *("FieldValueRequired", "fieldManager"), "Required value: is required for apply patch"
    )
    return invalid(write.kind, write.name, [cause])


def _yaml(body: bytes) -> Value:
    """Read YAML; most of it is JSON, which is read a hundred times as fast."""
    try:
        return parsed(body)
    except ValueError:
        return yaml.safe_load(body)


def _parsed(read: Callable[[bytes], Any], body: bytes) -> Value:
    try:
        return read(body)
    except (ValueError, yaml.YAMLError) as error:
        raise bad_request(f"error decoding patch: {error}") from error
