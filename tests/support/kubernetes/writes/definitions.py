"""What a CustomResourceDefinition has to be, and what the server adds to it."""

from __future__ import annotations

from collections.abc import Iterator

from support.kubernetes.objects.clock import now
from support.kubernetes.objects.json_value import Json, Value
from support.kubernetes.objects.refusal import Cause
from support.kubernetes.writes.schemas import Schemas

CLEAN_UP = "customresourcecleanup.apiextensions.k8s.io"


def definition_causes(schemas: Schemas, definition: Json) -> list[Cause]:
    """Return why the definition cannot be served."""
    found = list(_missing(definition))
    if found:
        return found
    spec = definition["spec"]
    if definition["metadata"]["name"] != f"{spec['names']['plural']}.{spec['group']}":
        found.append(
            Cause(
                *("FieldValueInvalid", "metadata.name"),
                f'Invalid value: "{definition["metadata"]["name"]}": must be '
                f'spec.names.plural+"."+spec.group',
            )
        )
    if sum(each["storage"] for each in spec["versions"]) != 1:
        found.append(
            Cause(
                *("FieldValueInvalid", "spec.versions"),
                "Invalid value: must have exactly one version marked as storage version",
            )
        )
    for at, version in enumerate(spec["versions"]):
        place = f"spec.versions[{at}].schema.openAPIV3Schema"
        found += [
            Cause(each.reason, f"{place}.{each.field}" if each.field else place, each.message)
            for each in schemas.faults(version["schema"]["openAPIV3Schema"])
        ]
    return found


def _missing(definition: Json) -> Iterator[Cause]:
    """Yield every field without which a definition says nothing."""
    needed: tuple[tuple[str, type], ...] = (
        *(("spec.group", str), ("spec.scope", str), ("spec.versions", list)),
        *(("spec.names.plural", str), ("spec.names.kind", str)),
    )
    versions = _at(definition, "spec.versions")
    for at in range(len(versions) if isinstance(versions, list) else 0):
        place = f"spec.versions.{at}"
        needed += (
            *((f"{place}.name", str), (f"{place}.served", bool), (f"{place}.storage", bool)),
            (f"{place}.schema.openAPIV3Schema", dict),
        )
    for path, form in needed:
        value = _at(definition, path)
        if not isinstance(value, form) or value in ("", []):
            yield Cause("FieldValueRequired", path, "Required value")


def _at(thing: Value, path: str) -> Value:
    for part in path.split("."):
        if isinstance(thing, list) and part.isdecimal() and int(part) < len(thing):
            thing = thing[int(part)]
        else:
            thing = thing.get(part) if isinstance(thing, dict) else None
    return thing


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
