"""The chart as Helm renders it for a release."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import helm_python
import yaml

from support.kubernetes.objects.json_value import Json

CHART = Path(__file__).parents[3] / "helm/zester-master"
NOTES = "zester-master/templates/NOTES.txt"
HOOK = "helm.sh/hook"

Values = Mapping[str, Any]


@cache
def chart() -> helm_python.Chart:
    """Return the chart, loaded once: it never changes, and the library behind it is large."""
    return helm_python.Chart.load(CHART)


def read_documents(text: str) -> list[Json]:
    """Return the manifests of a text that are not empty."""
    return [each for each in yaml.load_all(text, yaml.CSafeLoader) if each]


@dataclass(frozen=True, slots=True)
class Release:
    """What ``helm template`` would show."""

    values: Values = field(default_factory=dict)
    name: str = "zester"
    namespace: str = "zester"

    def files(self) -> dict[str, str]:
        """Return each template's text; raises HelmError as Helm refuses."""
        return chart().render(dict(self.values), name=self.name, namespace=self.namespace)

    def notes(self) -> str:
        """Return what the user is told."""
        return self.files()[NOTES]

    def objects(self, kind: str = "", *, hooks: bool = True) -> list[Json]:
        """Return the objects, or those of a kind."""
        return [
            each
            for each in self._all()
            if kind in ("", each["kind"])
            and (hooks or HOOK not in (each["metadata"].get("annotations") or {}))
        ]

    def one(self, kind: str, name: str = "") -> Json:
        """Return the only object of a kind, or the one of that name."""
        found = [
            each
            for each in self.objects(kind, hooks=False)
            if name in ("", each["metadata"]["name"])
        ]
        assert len(found) == 1, (kind, name, [each["metadata"]["name"] for each in found])
        return found[0]

    def roles(self) -> list[Json]:
        """Return what tells who may do what."""
        kinds = ("ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")
        return [each for each in self.objects(hooks=False) if each["kind"] in kinds]

    def _all(self) -> Iterator[Json]:
        for name, text in sorted(self.files().items()):
            if name != NOTES:
                yield from read_documents(text)
