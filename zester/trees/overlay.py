"""The effective tree of an environment: several sources laid over each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from zester.dataclass import dataclass
from zester.resources.manifest import FileEntry


@dataclass(frozen=True, slots=True)
class Layer:
    """One source's tree."""

    source: str
    priority: int
    files: Mapping[str, FileEntry]


@dataclass(frozen=True, slots=True)
class Conflict:
    """One path that two sources have with different content; ``winner`` is followed."""

    path: str
    winner: str
    loser: str

    def __str__(self) -> str:
        return f"{self.path} is in {self.winner} and {self.loser}; {self.winner} wins"


@dataclass(frozen=True, slots=True)
class EffectiveTree:
    """The files that count, and what was hidden."""

    files: Mapping[str, FileEntry]
    conflicts: tuple[Conflict, ...]


def overlay(layers: Iterable[Layer]) -> EffectiveTree:
    """Lay trees over each other: the higher ``(priority, source)`` wins a path.

    A file hides a folder of the same name, and a folder a file, in the same way.
    """
    ordered = sorted(layers, key=lambda layer: (layer.priority, layer.source))
    if len(ordered) == 1:
        return EffectiveTree(ordered[0].files, ())  # the usual case, without a copy
    files: dict[str, FileEntry] = {}
    owner: dict[str, str] = {}
    conflicts: list[Conflict] = []
    for layer in ordered:
        folders = {folder for path in owner for folder in _folders(path)}
        for path, entry in layer.files.items():
            hidden = [path] if path in files and files[path] != entry else []
            hidden += [folder for folder in _folders(path) if folder in files]
            if path in folders:
                hidden += [other for other in files if other.startswith(path + "/")]
            for other in hidden:
                if owner[other] != layer.source:
                    conflicts.append(Conflict(other, layer.source, owner[other]))
                    del files[other], owner[other]
            files[path] = entry
            owner[path] = layer.source
    return EffectiveTree(files, tuple(sorted(conflicts, key=lambda found: found.path)))


def _folders(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]
