"""Which groups, versions and kinds there are, told in all the ways clients ask."""

from __future__ import annotations

from support.kubernetes.objects.json_value import Json
from support.kubernetes.objects.kind import VERBS, Kind
from support.kubernetes.objects.kinds import Kinds

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


def version_document(release: str) -> Json:
    """Return ``/version``; ``release`` such as ``1.36.2``."""
    major, minor, _ = release.split(".")
    return {
        "major": major,
        "minor": minor,
        "gitVersion": f"v{release}",
        "gitCommit": "",
        "gitTreeState": "clean",
        "buildDate": "2026-01-01T00:00:00Z",
        "goVersion": "",
        "compiler": "",
        "platform": "linux/amd64",
    }


def discovery_document(kinds: Kinds, path: str, *, aggregated: bool) -> Json | None:
    """Return the document of a discovery path, None if there is no such group or version."""
    parts = path.strip("/").split("/")
    groups = kinds.groups()
    if parts == ["api"]:
        if aggregated:
            return _aggregated({"": groups[""]})
        return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}
    if parts == ["apis"]:
        named = {group: versions for group, versions in groups.items() if group}
        if aggregated:
            return _aggregated(named)
        listed = [_group(group, list(versions)) for group, versions in named.items()]
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": listed}
    if parts[0] == "apis" and len(parts) == 2 and parts[1] in groups:
        return {"kind": "APIGroup", "apiVersion": "v1", **_group(parts[1], list(groups[parts[1]]))}
    group, version = ("", parts[1]) if parts[0] == "api" else (parts[1], parts[-1])
    found = groups.get(group, {}).get(version)
    if found is None or len(parts) != (3 if group else 2):
        return None
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": found[0].api_version,
        "resources": [resource for kind in found for resource in _resources(kind)],
    }


def _group(group: str, versions: list[str]) -> Json:
    listed = [{"groupVersion": f"{group}/{version}", "version": version} for version in versions]
    return {"name": group, "versions": listed, "preferredVersion": listed[0]}


def _resources(kind: Kind) -> list[Json]:
    found: Json = {
        "name": kind.plural,
        "singularName": kind.singular or kind.name.lower(),
        "namespaced": kind.namespaced,
        "kind": kind.name,
        "verbs": list(VERBS),
    }
    if kind.short_names:
        found["shortNames"] = list(kind.short_names)
    if kind.categories:
        found["categories"] = list(kind.categories)
    if not kind.status:
        return [found]
    status = {
        "name": f"{kind.plural}/status",
        "singularName": "",
        "namespaced": kind.namespaced,
        "kind": kind.name,
        "verbs": ["get", "patch", "update"],
    }
    return [found, status]


def _aggregated(groups: dict[str, dict[str, list[Kind]]]) -> Json:
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {},
        "items": [
            {
                "metadata": {"name": group} if group else {},
                "versions": [
                    {
                        "version": version,
                        "freshness": "Current",
                        "resources": [_aggregated_resource(kind) for kind in kinds],
                    }
                    for version, kinds in versions.items()
                ],
            }
            for group, versions in groups.items()
        ],
    }


def _aggregated_resource(kind: Kind) -> Json:
    response = {"group": kind.group, "version": kind.version, "kind": kind.name}
    found: Json = {
        "resource": kind.plural,
        "responseKind": response,
        "scope": "Namespaced" if kind.namespaced else "Cluster",
        "singularResource": kind.singular or kind.name.lower(),
        "verbs": list(VERBS),
    }
    if kind.short_names:
        found["shortNames"] = list(kind.short_names)
    if kind.categories:
        found["categories"] = list(kind.categories)
    if kind.status:
        found["subresources"] = [
            {"subresource": "status", "responseKind": response, "verbs": ["get", "patch", "update"]}
        ]
    return found
