"""The files of the repository that are written from the kinds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from zester.errors import NotStructural
from zester.resources.kubernetes.definition import definition
from zester.resources.kubernetes.names import GROUP
from zester.resources.kubernetes.page import page
from zester.resources.kubernetes.registry import CUSTOM_KINDS
from zester.resources.kubernetes.structural.lint.definition import problems

FOLDERS = ("crds", "helm/zester-master/crds")
"""Where definitions are looked for: by people, and by Helm."""

HEAD = "# Written by `make crds` from zester/resources/kubernetes: change it there.\n"


def generated() -> Mapping[str, str]:
    """Return path in the repository → text; raises NotStructural for what would be refused."""
    definitions = {
        f"{GROUP}_{kind.plural}.yaml": HEAD + _yaml(_accepted(definition(kind)))
        for kind in CUSTOM_KINDS
    }
    written = {f"{folder}/{name}": text for folder in FOLDERS for name, text in definitions.items()}
    return {**written, "docs/kubernetes-kinds.md": page()}


def _accepted(manifest: dict[str, Any]) -> dict[str, Any]:
    found = problems(manifest)
    if found:
        raise NotStructural(
            f"{manifest['metadata']['name']}: {found[0]}"
            + (f" (and {len(found) - 1} more)" if len(found) > 1 else "")
        )
    return manifest


class _Plain(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:  # noqa: ANN401 - as PyYAML has it
        return True


def _yaml(manifest: dict[str, Any]) -> str:
    return yaml.dump(manifest, Dumper=_Plain, sort_keys=False, width=100, allow_unicode=True)
