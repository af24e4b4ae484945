"""What a settings file includes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from zester.compiler.state_file import StateFile
from zester.compiler.state_root import WILDCARDS, StateRoot
from zester.dataclass import dataclass
from zester.errors import At
from zester.targeting.value import Value


@dataclass(frozen=True, slots=True)
class SettingsInclude:
    """One included file. ``defaults`` are variables of its template (None: those of the include
    before it hold on), ``key`` is the colon path its settings go below, empty for none."""

    sls: str
    at: At
    defaults: Mapping[str, Value] | None = None
    key: str = ""


def settings_includes(file: StateFile, name: str, root: StateRoot) -> Iterator[SettingsInclude]:
    """Yield the files a settings file names, globs and relative names resolved.

    ``name`` is the file's own. A relative name means, as in Salt, the file of that name at the
    root as well, and that one first. Raises CompileError.
    """
    entries = file.data.get("include", [])
    if not isinstance(entries, list):
        raise file.error("include must be a list", "include")
    for index, entry in enumerate(entries):
        sls, options = _read(file, entry, index)
        at = file.at("include", index)
        defaults = options.get("defaults") if "defaults" in options else None
        if isinstance(entry, Mapping) and defaults is None:
            defaults = {}
        key = str(options.get("key") or "")
        for found in _names(file, name, sls, index, root):
            yield SettingsInclude(found, at, defaults, key)


def _read(file: StateFile, entry: Value, index: int) -> tuple[str, Mapping[str, Value]]:
    if isinstance(entry, str) and entry.strip("."):
        return entry, {}
    if isinstance(entry, Mapping) and len(entry) == 1:
        sls, options = next(iter(entry.items()))
        options = {} if options is None else options
        if (
            isinstance(sls, str)
            and sls.strip(".")
            and isinstance(options, Mapping)
            and set(options) <= {"defaults", "key"}
            and isinstance(options.get("defaults") or {}, Mapping)
        ):
            return sls, options
    raise file.error("an include is a name, or a name with 'defaults' and 'key'", "include", index)


def _names(file: StateFile, name: str, sls: str, index: int, root: StateRoot) -> list[str]:
    if not sls.startswith("."):
        return root.matching(sls.replace("/", "."))
    bare = sls.lstrip(".")
    levels = len(sls) - len(bare)
    parts = file.sls.split(".")
    if name.rpartition(".")[0].endswith("/init"):
        parts.append("init")
    if levels > len(parts):
        raise file.error(f"{sls!r} leads out of the settings", "include", index)
    absolute = ".".join([*parts[:-levels], bare])
    found = [*_existing(root, bare.replace("/", ".")), *_existing(root, absolute)]
    return list(dict.fromkeys(found)) or [absolute]


def _existing(root: StateRoot, pattern: str) -> list[str]:
    if WILDCARDS & set(pattern):
        return [sls for sls in root.matching(pattern) if root.find(sls) is not None]
    return [pattern] if root.find(pattern) is not None else []
