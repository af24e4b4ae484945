"""What a Salt master's configuration says, and where it goes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from zester.dataclass import dataclass
from zester.errors import At, CompileError
from zester.targeting.value import Value
from zester.templating.documents.document import load


@dataclass(frozen=True, slots=True)
class Advice:
    """One setting of the master: ``write`` says what to write where."""

    setting: str
    value: str
    write: str


def read_master_config(path: Path) -> tuple[Advice, ...]:
    """Return what to do for each setting that has a place in Zester; raises SourceError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CompileError(
            f"cannot read the master's configuration: {error}", at=At(str(path))
        ) from error
    data = load(text, str(path)).data
    if data is None:
        return ()
    if not isinstance(data, Mapping):
        raise CompileError("the master's configuration is not a mapping", at=At(str(path)))
    return (
        *_roots(data, "file_roots", "states"),
        *_roots(data, "pillar_roots", "settings"),
        *_groups(data),
    )


def _roots(data: Mapping[str, Value], setting: str, folder: str) -> list[Advice]:
    environments = data.get(setting)
    if not isinstance(environments, Mapping):
        return []
    found: list[Advice] = []
    for env, roots in environments.items():
        for order, root in enumerate(roots if isinstance(roots, list) else [roots]):
            push = f"zester push TREE --env {env}"
            write = f"copy it to {folder}/ of a tree, then: {push}"
            if order:
                # Salt takes a file from the first root that has it, an overlay from the last.
                write = (
                    f"copy it to {folder}/ of a tree of its own, then: {push}"
                    f" --source {_source(str(root), order)} --priority {max(0, 50 - order)}"
                )
            found.append(Advice(f"{setting}:{env}", str(root), write))
    return found


def _source(root: str, order: int) -> str:
    name = "".join(char if char.isascii() and char.isalnum() else "-" for char in Path(root).name)
    return name.strip("-").lower() or f"root-{order}"


def _groups(data: Mapping[str, Value]) -> list[Advice]:
    groups = data.get("nodegroups")
    if not isinstance(groups, Mapping):
        return []
    return [
        Advice(
            f"nodegroups:{name}",
            target if isinstance(target, str) else json.dumps(target, default=str),
            "write it under its name into nodegroups.yaml, at the root of the tree, as it is",
        )
        for name, target in groups.items()
    ]
