"""What a mirror may do in a cluster."""

from __future__ import annotations

from support.kubernetes.access.identity import service_account
from support.kubernetes.mirrored import Mirrored
from support.kubernetes.objects.json_value import Json

MASTER = service_account("zester", "master")
_API = "rbac.authorization.k8s.io"
_READ = ["get", "list", "watch"]


def rules() -> list[Json]:
    """Return the rules of a role for the whole cluster."""
    return [
        {"apiGroups": ["zester.dev"], "resources": ["*"], "verbs": [*_READ, "patch"]},
        {"apiGroups": [""], "resources": ["events"], "verbs": ["create"]},
        {"apiGroups": [""], "resources": ["namespaces"], "verbs": _READ},
        {
            "apiGroups": ["apiextensions.k8s.io"],
            "resources": ["customresourcedefinitions"],
            "verbs": _READ,
        },
    ]


async def grant(cluster: Mirrored) -> None:
    """Give the service account of a master what it needs."""
    _, _, space, name = MASTER.name.split(":")
    role: Json = {
        "apiVersion": f"{_API}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "mirror"},
        "rules": rules(),
    }
    binding: Json = {
        "apiVersion": f"{_API}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "mirror"},
        "roleRef": {"apiGroup": _API, "kind": "ClusterRole", "name": "mirror"},
        "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": space}],
    }
    for plural, body in (("clusterroles", role), ("clusterrolebindings", binding)):
        assert (await cluster.kube.create(f"/apis/{_API}/v1/{plural}", body)).code == 201
