"""``zester.yaml`` at the root of a tree: what holds for the tree as a whole."""

from __future__ import annotations

from collections.abc import Mapping

from zester.dataclass import dataclass
from zester.errors import At, CompileError
from zester.resources.files import Files

TREE_FILE = "zester.yaml"

_KNOWN = ("max_prune", "mode", "prune", "require_trusted_targets")
_MODES = ("enforce", "observe")


@dataclass(frozen=True, slots=True)
class TreeOptions:
    """``prune``: take away what no state declares any more and this tree had made.

    ``max_prune`` is how much may go at once; None = a tenth of what was made, at least 20.
    ``require_trusted_targets``: settings must not be given by what nodes say of themselves.
    ``observe`` (``mode: observe``): what differs is told and left alone.
    """

    prune: bool = False
    max_prune: int | None = None
    require_trusted_targets: bool = False
    observe: bool = False


DEFAULT = TreeOptions()


def read_tree_options(files: Files) -> TreeOptions:
    """Read the options of a tree, the defaults where it has none; raises SourceError."""
    data = files.read(TREE_FILE)
    if data is None:
        return DEFAULT
    from zester.templating.documents.document import load  # late: an idle peel has no use for YAML

    try:
        found = load(data.decode("utf-8"), TREE_FILE).data or {}
    except UnicodeDecodeError as error:
        raise CompileError("not UTF-8", at=At(TREE_FILE), hint="save it as UTF-8") from error
    if not isinstance(found, Mapping):
        raise CompileError("must hold a mapping", at=At(TREE_FILE, 1), hint="prune: true")
    unknown = sorted(str(key) for key in found if key not in _KNOWN)
    if unknown:
        raise CompileError(
            f"unknown option {unknown[0]!r}",
            at=At(TREE_FILE),
            hint=f"there are {', '.join(_KNOWN)}",
        )
    prune, most = _switch(found, "prune"), found.get("max_prune")
    if most is not None and (isinstance(most, bool) or not isinstance(most, int) or most < 0):
        raise CompileError("max_prune must be a number of resources", at=At(TREE_FILE))
    mode = found.get("mode", _MODES[0])
    if mode not in _MODES:
        raise CompileError(f"mode must be {' or '.join(_MODES)}", at=At(TREE_FILE))
    return TreeOptions(
        prune, most, _switch(found, "require_trusted_targets"), observe=mode == "observe"
    )


def _switch(found: Mapping[str, object], name: str) -> bool:
    value = found.get(name, False)
    if not isinstance(value, bool):
        raise CompileError(f"{name} must be true or false", at=At(TREE_FILE))
    return value
