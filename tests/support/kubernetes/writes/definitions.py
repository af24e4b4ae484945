"""What a CustomResourceDefinition has to be, and what the server adds to it."""

from __future__ import annotations

from support.kubernetes.objects.clock import now
from support.kubernetes.objects.json_value import Json
from support.kubernetes.objects.refusal import Cause
from support.kubernetes.writes.schemas import Schemas

CLEAN_UP = "customresourcecleanup.apiextensions.k8s.io"


def definition_causes(schemas: Schemas, definition: Json) -> list[Cause]:
    """Return why the definition cannot be served."""
    spec = definition.get("spec") or {}
    names = spec.get("names") or {}
    wanted = f"{names.get('plural')}.{spec.get('group')}"
    found = [
        Cause("FieldValueRequired", f"spec.{field}", "Required value")
        for field in ("group", "scope", "names", "versions")
        if not spec.get(field)
    ]
    if definition["metadata"]["name"] != wanted:
        found.append(
            Cause(
                *("FieldValueInvalid", "metadata.name"),
                f'Invalid value: "{definition["metadata"]["name"]}": must be '
                f'spec.names.plural+"."+spec.group',
            )
        )
    versions = spec.get("versions") or []
    if versions and sum(bool(each.get("storage")) for each in versions) != 1:
        found.append(
            Cause(
                *("FieldValueInvalid", "spec.versions"),
                "Invalid value: must have exactly one version marked as storage version",
            )
        )
    for at, version in enumerate(versions):
        schema = (version.get("schema") or {}).get("openAPIV3Schema")
        place = f"spec.versions[{at}].schema.openAPIV3Schema"
        if schema is None:
            found.append(Cause("FieldValueRequired", place, "Required value: schemas are required"))
            continue
        found += [
            Cause(each.reason, f"{place}.{each.field}" if each.field else place, each.message)
            for each in schemas.faults(schema)
        ]
    return found


def established(definition: Json) -> Json:
    """Return the definition as it is once its kinds are served."""
    spec = definition["spec"]
    names = {"singular": spec["names"]["kind"].lower(), **spec["names"]}
    names.setdefault("listKind", names["kind"] + "List")
    metadata = dict(definition["metadata"])
    if "deletionTimestamp" not in metadata:
        metadata["finalizers"] = [
            *(each for each in metadata.get("finalizers", ()) if each != CLEAN_UP),
            CLEAN_UP,
        ]
    status = definition.get("status") or {}
    stored = next(each["name"] for each in spec["versions"] if each["storage"])
    return {
        **definition,
        "metadata": metadata,
        "spec": {"conversion": {"strategy": "None"}, **spec, "names": names},
        "status": {
            "acceptedNames": names,
            "storedVersions": sorted({*status.get("storedVersions", ()), stored}),
            "conditions": status.get("conditions")
            or [
                _condition("NamesAccepted", "NoConflicts", "no conflicts found"),
                _condition("Established", "InitialNamesAccepted", "the initial names are accepted"),
            ],
        },
    }


def _condition(what: str, reason: str, message: str) -> Json:
    return {
        "type": what,
        "status": "True",
        "reason": reason,
        "message": message,
        "lastTransitionTime": now(),
    }
