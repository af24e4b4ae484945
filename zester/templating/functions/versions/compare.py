"""``pkg.version_cmp``."""

from __future__ import annotations

from zester.targeting.value import Value
from zester.templating.functions.versions.debian import compare_debian
from zester.templating.functions.versions.rpm import compare_rpm
from zester.templating.scope import Scope

MAX_LENGTH = 1000

_RPM_FAMILIES = frozenset(("RedHat", "Suse", "Arch", "Mandriva"))


def version_cmp(
    scope: Scope, pkg1: Value, pkg2: Value, ignore_epoch: bool = False, **options: Value
) -> int:
    """Return -1, 0 or 1 by the order of the node's package manager."""
    first, second = str(pkg1), str(pkg2)
    if max(len(first), len(second)) > MAX_LENGTH:
        raise ValueError(f"pkg.version_cmp: a version of more than {MAX_LENGTH} characters")
    if ignore_epoch:
        first, second = first.split(":", 1)[-1], second.split(":", 1)[-1]
    rpm = scope.facts.get("os_family") in _RPM_FAMILIES
    return compare_rpm(first, second) if rpm else compare_debian(first, second)
