"""``file.dirname`` and relatives: paths as text."""

from __future__ import annotations

import posixpath

from zester.templating.scope import Scope


def dirname(scope: Scope, path: str) -> str:
    return posixpath.dirname(path)


def basename(scope: Scope, path: str) -> str:
    return posixpath.basename(path)


def join(scope: Scope, *parts: str) -> str:
    return posixpath.join(*parts)


def normpath(scope: Scope, path: str) -> str:
    return posixpath.normpath(path)
