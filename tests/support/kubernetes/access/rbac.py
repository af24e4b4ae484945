"""What a user may do, from the Roles, ClusterRoles and bindings that are stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from support.kubernetes.access.identity import User
from support.kubernetes.objects.builtin import (
    CLUSTER_ROLE,
    CLUSTER_ROLE_BINDING,
    ROLE,
    ROLE_BINDING,
)
from support.kubernetes.objects.json_value import Json
from support.kubernetes.objects.refusal import Refusal
from support.kubernetes.objects.store import Store

_FOR_ALL = ("/healthz", "/livez", "/readyz", "/version")
_FOR_KNOWN = ("/api", "/apis", "/openapi")
ACCESS_REVIEW = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
WHO_AM_I = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
REVIEWS = (ACCESS_REVIEW, WHO_AM_I)
"""What everybody who is known may ask about itself."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One thing to be allowed. ``path`` is only set for what is no resource."""

    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""

    def __str__(self) -> str:
        """Return it as a refusal tells it."""
        if self.path:
            return f'cannot {self.verb} path "{self.path}"'
        what = f"{self.resource}/{self.subresource}" if self.subresource else self.resource
        where = (
            f' in the namespace "{self.namespace}"' if self.namespace else " at the cluster scope"
        )
        return f'cannot {self.verb} resource "{what}" in API group "{self.group}"{where}'


@dataclass(frozen=True, slots=True)
class Grant:
    """A rule, and the role it is from."""

    role: str
    rule: Json

    def allows(self, ask: Ask) -> bool:
        """Whether the rule covers the ask."""
        rule = self.rule
        if not _one_of(rule.get("verbs"), ask.verb):
            return False
        if ask.path:
            return any(_covers(each, ask.path) for each in rule.get("nonResourceURLs", ()))
        what = f"{ask.resource}/{ask.subresource}" if ask.subresource else ask.resource
        wanted = {what, f"*/{ask.subresource}"} if ask.subresource else {what}
        resources = rule.get("resources") or ()
        names = rule.get("resourceNames")
        return (
            _one_of(rule.get("apiGroups"), ask.group)
            and ("*" in resources or not wanted.isdisjoint(resources))
            and (not names or ask.name in names)
        )


class Access:
    """The evaluator over a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def check(self, user: User, ask: Ask) -> None:
        """Raise Refusal 403 unless some rule allows it."""
        if self.allowed(user, ask):
            return
        path = f'User "{user.name}" {ask}'
        if ask.path:
            raise Refusal(403, "Forbidden", f"forbidden: {path}", details={})
        resource = f"{ask.resource}.{ask.group}" if ask.group else ask.resource
        named = f' "{ask.name}"' if ask.name else ""
        raise Refusal(
            403,
            "Forbidden",
            f"{resource}{named} is forbidden: {path}",
            details={"name": ask.name, "group": ask.group, "kind": ask.resource},
        )

    def allowed(self, user: User, ask: Ask) -> bool:
        """Whether the user is a master or some rule of a role bound to it covers the ask."""
        if "system:masters" in user.groups:
            return True
        if ask.path and ask.verb == "get":
            if ask.path in _FOR_ALL:
                return True
            if "system:authenticated" in user.groups and any(
                ask.path == each or ask.path.startswith(each + "/") for each in _FOR_KNOWN
            ):
                return True
        if ask.path in REVIEWS and ask.verb == "post":
            return "system:authenticated" in user.groups
        return any(grant.allows(ask) for grant in self.grants(user, ask.namespace))

    def grants(self, user: User, namespace: str) -> Iterator[Grant]:
        """Yield the rules that hold for the user in a namespace, or cluster-wide."""
        for binding in self._store.all(CLUSTER_ROLE_BINDING.shelf):
            if _bound(binding, user):
                yield from self._rules(binding["roleRef"], "")
        if not namespace:
            return
        for binding in self._store.all(ROLE_BINDING.shelf, namespace):
            if _bound(binding, user):
                yield from self._rules(binding["roleRef"], namespace)

    def _rules(self, role: Json, namespace: str) -> Iterator[Grant]:
        cluster = role["kind"] == "ClusterRole"
        kind = CLUSTER_ROLE if cluster else ROLE
        found = self._store.get(kind.shelf, ("" if cluster else namespace, role["name"]))
        if found is None:
            return
        for each in self._aggregated(found) if cluster else (found,):
            for rule in each.get("rules") or ():
                yield Grant(each["metadata"]["name"], rule)

    def _aggregated(self, role: Json) -> Iterator[Json]:
        yield role
        for selector in (role.get("aggregationRule") or {}).get("clusterRoleSelectors", ()):
            wanted = selector.get("matchLabels", {}).items()
            for other in self._store.all(CLUSTER_ROLE.shelf):
                if wanted <= (other["metadata"].get("labels") or {}).items():
                    yield other


def _bound(binding: Json, user: User) -> bool:
    for subject in binding.get("subjects") or ():
        if subject["kind"] == "Group" and subject["name"] in user.groups:
            return True
        if subject["kind"] == "User" and subject["name"] == user.name:
            return True
        if subject["kind"] == "ServiceAccount" and user.name == (
            f"system:serviceaccount:{subject.get('namespace', '')}:{subject['name']}"
        ):
            return True
    return False


def _one_of(given: list[str] | None, wanted: str) -> bool:
    return given is not None and ("*" in given or wanted in given)


def _covers(pattern: str, path: str) -> bool:
    return path.startswith(pattern[:-1]) if pattern.endswith("*") else path == pattern
