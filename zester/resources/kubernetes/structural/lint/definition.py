"""Whether a CustomResourceDefinition will be taken as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from zester.resources.kubernetes.structural.lint.columns import column_problems
from zester.resources.kubernetes.structural.lint.rules import rule_problems
from zester.resources.kubernetes.structural.lint.shape import shape_problems
from zester.resources.kubernetes.structural.schema import Schema, properties

_LABEL = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")


def problems(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """Return everything that is wrong, each with its place."""
    return tuple(_problems(manifest))


def _problems(manifest: Mapping[str, Any]) -> Iterator[str]:
    spec = manifest["spec"]
    yield from _names(spec, manifest["metadata"]["name"])
    stored = [each["name"] for each in spec["versions"] if each["storage"]]
    if len(stored) != 1:
        yield f"spec.versions: {len(stored)} are stored, not one"
    for version in spec["versions"]:
        schema = version["schema"]["openAPIV3Schema"]
        yield from _root(schema, version)
        yield from shape_problems(schema, "self")
        yield from rule_problems(schema, "self")
        yield from column_problems(schema, version.get("additionalPrinterColumns", ()))


def _names(spec: Mapping[str, Any], name: str) -> Iterator[str]:
    names = spec["names"]
    if name != f"{names['plural']}.{spec['group']}":
        yield "metadata.name: must be plural and group"
    if names["kind"] == names["listKind"]:
        yield "spec.names: kind and listKind are the same"
    for word in (names["plural"], names["singular"], *names["shortNames"], *names["categories"]):
        if not _LABEL.fullmatch(word):
            yield f"spec.names: {word!r} is not a DNS label"


def _root(schema: Schema, version: Mapping[str, Any]) -> Iterator[str]:
    if schema.get("type") != "object":
        yield "self: must be of type object"
    if "additionalProperties" in schema:
        yield "self: additionalProperties cannot be used at the root"
    metadata = properties(schema).get("metadata", {})
    if set(properties(metadata)) - {"name", "generateName"}:
        yield "self.metadata: only name and generateName can be restricted"
    if "status" in properties(schema) and "status" not in version.get("subresources", {}):
        yield "self.status: there is no subresource for it"
