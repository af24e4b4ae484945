"""Which rights a user has and never used: a role should grant what is needed, no more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product

from support.kubernetes.access.identity import User
from support.kubernetes.access.rbac import Access, Grant
from support.kubernetes.record import Asked


def unused_rights(
    access: Access, user: User, namespaces: Iterable[str], asked: Iterable[Asked]
) -> list[str]:
    """Return ``role: verb resource.group`` of every right that no request needed."""
    asks = {each.ask for each in asked if each.user == user and each.code != 403}
    found: dict[str, bool] = {}
    for namespace in ("", *namespaces):
        for grant in access.grants(user, namespace):
            for told, right in _rights(grant):
                used = any(right.allows(ask) for ask in asks)
                found[told] = found.get(told, False) or used
    return sorted(told for told, used in found.items() if not used)


def _rights(grant: Grant) -> Iterator[tuple[str, Grant]]:
    """Yield a rule's rights one by one, each with its text."""
    rule = grant.rule
    for group, resource, verb in product(
        rule.get("apiGroups") or [""], rule.get("resources") or [], rule["verbs"]
    ):
        what = f"{resource}.{group}" if group else resource
        one = {**rule, "apiGroups": [group], "resources": [resource], "verbs": [verb]}
        yield f"{grant.role}: {verb} {what}", Grant(grant.role, one)
