"""Values that every gate tries."""

from __future__ import annotations

from typing import Any

MIRROR: dict[str, Any] = {"mirror": {"enabled": True, "clusterId": "prod"}}

EVERYTHING: dict[str, Any] = {
    "global": {"imagePullSecrets": ["pull"]},
    "commonLabels": {"team": "hosts"},
    "commonAnnotations": {"example.com/owner": "hosts"},
    "image": {"digest": "sha256:" + "0" * 64},
    "priorityClassName": "important",
    "nodeSelector": {"disk": "ssd"},
    "tolerations": [{"key": "hosts", "operator": "Exists"}],
    "topologySpreadConstraints": [
        {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}
    ],
    "podAnnotations": {"example.com/note": "one"},
    "podLabels": {"example.com/kind": "master"},
    "extraArgs": ["--rollup-interval=5"],
    "extraEnv": [{"name": "TZ", "value": "UTC"}],
    "extraEnvFrom": [{"configMapRef": {"name": "more", "optional": True}}],
    "extraVolumes": [{"name": "more", "emptyDir": {}}],
    "extraVolumeMounts": [{"name": "more", "mountPath": "/more"}],
    "extraObjects": [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a-{{ .Release.Name }}"}},
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: b-{{ .Release.Name }}\n",
    ],
    "serviceAccount": {"annotations": {"example.com/role": "hosts"}},
    "rbac": {
        "aggregateToEdit": True,
        "aggregateToAdmin": True,
        "extraRules": [{"apiGroups": [""], "resources": ["nodes"], "verbs": ["get"]}],
    },
    "networkPolicy": {"enabled": True},
    "nats": {
        "embedded": {
            "replicas": 3,
            "persistence": {"storageClass": "fast"},
            "service": {"type": "LoadBalancer", "nodePort": 30222, "annotations": {"x/y": "z"}},
            "nodeSelector": {"disk": "ssd"},
            "tolerations": [{"key": "hosts", "operator": "Exists"}],
        }
    },
    "mirror": {
        "enabled": True,
        "clusterId": "prod",
        "references": {"secrets": True},
        "peels": "label:site=east",
        "enrollments": True,
        "resyncInterval": 60,
    },
    "enrollment": {"policy": "all", "allow": ["web-*", "db-*"]},
    "metrics": {
        "service": {"annotations": {"prometheus.io/scrape": "true"}},
        "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
        "prometheusRule": {"enabled": True, "labels": {"release": "prometheus"}},
    },
    "crds": {"upgrade": True},
    "merge": {"deployment": {"spec": {"minReadySeconds": 3}}},
}

CASES: dict[str, dict[str, Any]] = {
    "default": {},
    "high availability": {"replicas": 3, "nats": {"embedded": {"replicas": 3}}},
    "other servers": {
        "nats": {"embedded": {"enabled": False}, "external": {"urls": ["tls://n1:4222"]}}
    },
    "mirror": MIRROR,
    "mirror of two namespaces": {
        "mirror": {"enabled": True, "clusterId": "prod", "namespaces": ["web", "db"]}
    },
    "least": {
        "replicas": 1,
        "rbac": {"create": False, "userRoles": False},
        "serviceAccount": {"create": False},
        "metrics": {"service": {"enabled": False}},
        "nats": {"embedded": {"persistence": {"enabled": False}, "antiAffinity": False}},
    },
    "everything": EVERYTHING,
}
