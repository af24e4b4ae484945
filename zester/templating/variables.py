"""The variables that tell a template where it stands."""

from __future__ import annotations

import posixpath

from zester.targeting.value import Value


def place_variables(name: str) -> dict[str, Value]:
    """Return ``tplfile`` and relatives for a template's name (path below its root)."""
    folder = posixpath.dirname(name)
    return {
        "tplpath": name,
        "tplfile": name,
        "tpldir": folder or ".",
        "tpldot": folder.replace("/", "."),
        "tplroot": folder.split("/")[0] or ".",
    }


def state_variables(name: str, sls: str) -> dict[str, Value]:
    """Return ``sls``, ``slspath`` and relatives for a state file."""
    path = sls.replace(".", "/")
    if not posixpath.splitext(name)[0].endswith("/init"):
        path = path.rpartition("/")[0]
    return {
        "sls": sls,
        "slspath": path,
        "slsdotpath": path.replace("/", "."),
        "slscolonpath": path.replace("/", ":"),
        "sls_path": path.replace("/", "_"),
    }
