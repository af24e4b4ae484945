"""The kinds every cluster has, as far as charts and clients ask for them."""

from __future__ import annotations

from support.kubernetes.objects.kind import Kind

CRD = Kind(
    *("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition"),
    namespaced=False,
    status=True,
    generation=True,
    singular="customresourcedefinition",
    short_names=("crd", "crds"),
    categories=("api-extensions",),
)
NAMESPACE = Kind("", "v1", "namespaces", "Namespace", namespaced=False, short_names=("ns",))
SERVICE_ACCOUNT = Kind("", "v1", "serviceaccounts", "ServiceAccount", short_names=("sa",))
EVENT = Kind("", "v1", "events", "Event", short_names=("ev",))
_RBAC = "rbac.authorization.k8s.io"
ROLE = Kind(_RBAC, "v1", "roles", "Role")
CLUSTER_ROLE = Kind(_RBAC, "v1", "clusterroles", "ClusterRole", namespaced=False)
ROLE_BINDING = Kind(_RBAC, "v1", "rolebindings", "RoleBinding")
CLUSTER_ROLE_BINDING = Kind(
    _RBAC, "v1", "clusterrolebindings", "ClusterRoleBinding", namespaced=False
)

BUILTIN: tuple[Kind, ...] = (
    NAMESPACE,
    SERVICE_ACCOUNT,
    EVENT,
    Kind("", "v1", "secrets", "Secret"),
    Kind("", "v1", "configmaps", "ConfigMap", short_names=("cm",)),
    Kind("", "v1", "services", "Service", status=True, short_names=("svc",)),
    Kind("", "v1", "pods", "Pod", status=True, short_names=("po",)),
    Kind(
        *("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim"),
        status=True,
        short_names=("pvc",),
    ),
    Kind(
        *("apps", "v1", "deployments", "Deployment"),
        status=True,
        generation=True,
        short_names=("deploy",),
    ),
    Kind(
        *("apps", "v1", "statefulsets", "StatefulSet"),
        status=True,
        generation=True,
        short_names=("sts",),
    ),
    Kind("apps", "v1", "replicasets", "ReplicaSet", status=True, generation=True),
    Kind("batch", "v1", "jobs", "Job", status=True, generation=True),
    Kind("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", status=True),
    Kind("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy", short_names=("netpol",)),
    Kind("coordination.k8s.io", "v1", "leases", "Lease"),
    Kind(
        *("admissionregistration.k8s.io", "v1"),
        *("validatingwebhookconfigurations", "ValidatingWebhookConfiguration"),
        namespaced=False,
    ),
    Kind(
        *("admissionregistration.k8s.io", "v1"),
        *("mutatingwebhookconfigurations", "MutatingWebhookConfiguration"),
        namespaced=False,
    ),
    Kind(
        *("admissionregistration.k8s.io", "v1"),
        *("validatingadmissionpolicies", "ValidatingAdmissionPolicy"),
        namespaced=False,
    ),
    Kind(
        *("admissionregistration.k8s.io", "v1"),
        *("validatingadmissionpolicybindings", "ValidatingAdmissionPolicyBinding"),
        namespaced=False,
    ),
    ROLE,
    CLUSTER_ROLE,
    ROLE_BINDING,
    CLUSTER_ROLE_BINDING,
    CRD,
)
