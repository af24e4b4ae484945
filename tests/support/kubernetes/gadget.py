"""A custom kind that has one of everything, for the contract of API servers."""

from __future__ import annotations

from support.kubernetes.objects.json_value import Json, Value

GROUP = "contract.zester.dev"
API_VERSION = f"{GROUP}/v1"
PLURAL = "gadgets"

_CONDITIONS: Json = {
    "type": "array",
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["type"],
    "maxItems": 8,
    "items": {
        "type": "object",
        "required": ["type", "status"],
        "properties": {
            "type": {"type": "string", "maxLength": 64},
            "status": {"type": "string", "enum": ["True", "False", "Unknown"]},
            "reason": {"type": "string", "maxLength": 64},
        },
    },
}
_SPEC: Json = {
    "type": "object",
    "properties": {
        "text": {"type": "string", "maxLength": 1000000},
        "size": {"type": "integer", "default": 3, "minimum": 0},
        "mode": {"type": "string", "enum": ["on", "off"]},
        "fixed": {
            "type": "string",
            "maxLength": 20,
            "x-kubernetes-validations": [{"rule": "self == oldSelf", "message": "is fixed"}],
        },
        "tags": {
            "type": "array",
            "maxItems": 8,
            "items": {"type": "string", "maxLength": 20},
            "x-kubernetes-list-type": "set",
        },
        "plain": {"type": "array", "items": {"type": "string"}},
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
    },
}
DEFINITION: Json = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": f"{PLURAL}.{GROUP}"},
    "spec": {
        "group": GROUP,
        "scope": "Namespaced",
        "names": {
            "plural": PLURAL,
            "singular": "gadget",
            "kind": "Gadget",
            "listKind": "GadgetList",
            "shortNames": ["gdg"],
            "categories": ["contract"],
        },
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "subresources": {"status": {}},
                "additionalPrinterColumns": [
                    {"name": "Size", "type": "integer", "jsonPath": ".spec.size"},
                    {
                        "name": "Ready",
                        "type": "string",
                        "jsonPath": '.status.conditions[?(@.type=="Ready")].status',
                    },
                    {"name": "Mode", "type": "string", "jsonPath": ".spec.mode", "priority": 1},
                    {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
                ],
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {
                            "spec": _SPEC,
                            "status": {
                                "type": "object",
                                "default": {"observedGeneration": -1},
                                "properties": {
                                    "observedGeneration": {"type": "integer", "format": "int64"},
                                    "conditions": _CONDITIONS,
                                    "seen": {"type": "string"},
                                },
                            },
                        },
                    }
                },
            }
        ],
    },
}
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
DEFINITION_PATH = f"{DEFINITIONS}/{PLURAL}.{GROUP}"


def gadgets(namespace: str = "") -> str:
    """Return the path of all gadgets, or of a namespace's."""
    return f"/apis/{API_VERSION}/" + (f"namespaces/{namespace}/" if namespace else "") + PLURAL


def gadget(name: str, metadata: Json | None = None, **spec: Value) -> Json:
    """Return a gadget."""
    found: Json = {
        "apiVersion": API_VERSION,
        "kind": "Gadget",
        "metadata": {"name": name, **(metadata or {})},
    }
    return {**found, "spec": spec} if spec else found


def condition(what: str, status: str = "True", **more: str) -> Json:
    return {"type": what, "status": status, **more}
