"""``cp.list_states``, ``slsutil.findup`` and relatives: the files of the tree."""

from __future__ import annotations

import posixpath
from hashlib import sha256

from zester.errors import RenderError
from zester.targeting.value import Value
from zester.templating.scope import Scope

MAX_NAMES = 100

_SCHEMES = ("salt://", "zester://")
_ENDINGS = (".sls", ".zy")


def list_master(scope: Scope, saltenv: str | None = None, prefix: str = "") -> list[str]:
    """Return the paths of all files whose paths start with a prefix, sorted."""
    return [path for path in _paths(scope, saltenv) if path.startswith(_clean(prefix))]


def list_master_dirs(scope: Scope, saltenv: str | None = None, prefix: str = "") -> list[str]:
    """Return the paths of all folders whose paths start with a prefix, sorted."""
    folders: set[str] = set()
    for path in _paths(scope, saltenv):
        folder = posixpath.dirname(path)
        while folder and folder not in folders:
            folders.add(folder)
            folder = posixpath.dirname(folder)
    return sorted(folder for folder in folders if folder.startswith(_clean(prefix)))


def list_states(scope: Scope, saltenv: str | None = None) -> list[str]:
    """Return the names of all state files, sorted."""
    names: set[str] = set()
    for path in _paths(scope, saltenv):
        stem, ending = posixpath.splitext(path)
        if ending in _ENDINGS:
            name = stem.removesuffix("/init").replace("/", ".")
            names.add(name)
    return sorted(names)


def get_file_str(scope: Scope, path: str, saltenv: str | None = None) -> str | bool:
    """Return a file's text, False when there is none; raises RenderError for other places."""
    name = _name(path)
    text = scope.place.text(name) if _is_here(scope, saltenv) else None
    return False if text is None else text


def hash_file(scope: Scope, path: str, saltenv: str | None = None) -> Value:
    """Return a file's digest and its kind, empty text when there is none."""
    place = scope.place
    data = place.files.read(place.root + _name(path)) if _is_here(scope, saltenv) else None
    if data is None:
        return ""
    return {"hash_type": "sha256", "hsum": sha256(data).hexdigest()}


def file_exists(scope: Scope, path: str, saltenv: str | None = None) -> bool:
    """Return whether the tree has a file."""
    if not _is_here(scope, saltenv) or not path or path.startswith("/") or ".." in path.split("/"):
        return False
    return scope.place.files.read(scope.place.root + path) is not None


def dir_exists(scope: Scope, path: str, saltenv: str | None = None) -> bool:
    """Return whether the tree has a folder."""
    if not _is_here(scope, saltenv) or not path or path.startswith("/"):
        return False
    return bool(scope.place.files.below(f"{scope.place.root}{path.rstrip('/')}/"))


def path_exists(scope: Scope, path: str, saltenv: str | None = None) -> bool:
    """Return whether the tree has a file or folder."""
    return file_exists(scope, path, saltenv) or dir_exists(scope, path, saltenv)


def findup(
    scope: Scope, startpath: str | None, filenames: Value, saltenv: str | None = None
) -> str:
    """Return the first of the names found in a folder or the folders above it."""
    folder = posixpath.normpath(startpath) if startpath else ""
    if folder and not path_exists(scope, folder, saltenv):
        raise RenderError(f"slsutil.findup: there is no {folder!r} in the tree")
    names = [filenames] if isinstance(filenames, str) else filenames
    if not isinstance(names, list):
        raise RenderError("slsutil.findup: the names must be a text or a list of texts")
    if len(names) > MAX_NAMES or folder.count("/") > MAX_NAMES:
        raise RenderError(f"slsutil.findup: more than {MAX_NAMES} names or folders")
    while True:
        for name in names:
            path = posixpath.join(folder, name)
            if path_exists(scope, path, saltenv):
                return path
        if not folder:
            shown = ", ".join(repr(name) for name in names)
            raise RenderError(f"slsutil.findup: there is no {shown} at or above {startpath!r}")
        folder = posixpath.dirname(folder)


def _paths(scope: Scope, saltenv: str | None) -> list[str]:
    if not _is_here(scope, saltenv):
        return []
    root = scope.place.root
    return sorted(path.removeprefix(root) for path in scope.place.files.below(root))


def _is_here(scope: Scope, saltenv: str | None) -> bool:
    return not saltenv or saltenv == scope.env


def _clean(prefix: str) -> str:
    return prefix.strip("/")


def _name(url: str) -> str:
    """Return the path below the root that a URL stands for."""
    for scheme in _SCHEMES:
        if url.startswith(scheme):
            name = posixpath.normpath(url.removeprefix(scheme).partition("?")[0])
            if name.startswith(("/", "../")) or name == "..":
                break
            return name
    raise RenderError(f"{url!r} is not a file of the tree", hint="write salt://path/of/the/file")
