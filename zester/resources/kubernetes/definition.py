"""The CustomResourceDefinition of a kind."""

from __future__ import annotations

from typing import Any

from zester.resources.kubernetes.kind import USUAL, Column, CustomKind
from zester.resources.kubernetes.names import CATEGORY, GROUP, VERSION
from zester.resources.kubernetes.structural.conversion import structural_schema
from zester.resources.kubernetes.structural.schema import VALIDATIONS

UNSEEN = {"observedGeneration": -1}
"""Status of an object that nobody has looked at yet: tools see that it is not done."""


def definition(kind: CustomKind) -> dict[str, Any]:
    """Return the manifest; raises NotStructural for a model that Kubernetes would refuse."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{kind.plural}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "names": {
                "kind": kind.name,
                "listKind": f"{kind.name}List",
                "plural": kind.plural,
                "singular": kind.singular,
                "shortNames": [kind.short],
                "categories": [CATEGORY],
            },
            "scope": "Namespaced",
            "versions": [
                {
                    "name": VERSION,
                    "served": True,
                    "storage": True,
                    "additionalPrinterColumns": [_column(each) for each in kind.columns + USUAL],
                    "subresources": {"status": {}},
                    "schema": {"openAPIV3Schema": object_schema(kind)},
                }
            ],
        },
    }


def object_schema(kind: CustomKind) -> dict[str, Any]:
    """Return the schema of whole objects of a kind."""
    found = structural_schema(kind.model)
    status = {**found["properties"]["status"], "default": UNSEEN}
    rules = [each.written() for each in kind.rules]
    return {
        "description": found["description"],
        "type": "object",
        "required": ["spec"],
        "properties": {
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "metadata": {"type": "object"},
            "spec": found["properties"]["spec"],
            "status": status,
        },
        **({VALIDATIONS: rules} if rules else {}),
    }


def _column(column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "type": column.type,
        "jsonPath": column.path,
        **({"priority": 1} if column.wide else {}),
    }
