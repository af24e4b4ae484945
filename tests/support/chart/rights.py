"""A service account with the rights that the chart gives, and the proof that they fit."""

from __future__ import annotations

from collections.abc import Sequence

from support.chart.release import Release, Values
from support.kubernetes.access.identity import User, service_account
from support.kubernetes.access.use import unused_rights
from support.kubernetes.server import ApiServer

NAMESPACE = "zester"


def charted(
    api: ApiServer, namespaces: Sequence[str] = (), *, secrets: bool = True, home: str = ""
) -> User:
    """Bring the chart's roles into a cluster; return the master's account.

    ``namespaces`` are those that the mirror looks at, none: all. They have to be there. Peels and
    enrollments are shown in the namespace ``home``, if there is one.
    """
    values: Values = {
        "mirror": {
            "enabled": True,
            "clusterId": "prod",
            "namespaces": list(namespaces),
            "peels": "*" if home else "",
            "enrollments": bool(home),
            "home": home,
            "references": {"configMaps": True, "secrets": secrets},
        }
    }
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    api.add(space, *Release(values, namespace=NAMESPACE).roles())
    return service_account(NAMESPACE, "zester")


def denied(api: ApiServer, user: User) -> list[str]:
    """Return what was refused to the account so far."""
    return [str(each.ask) for each in api.record.asked if each.user == user and each.code == 403]


def unused(api: ApiServer, user: User, namespaces: Sequence[str]) -> list[str]:
    """Return the account's rights that nothing needed so far."""
    return unused_rights(api.cluster.access, user, namespaces, api.record.asked)
