"""This process: who it runs as, where, in which Python."""

from __future__ import annotations

import hashlib
import os
import sys
import time
from typing import Any

from zester_peel.facts.distribution import read_assignments
from zester_peel.facts.source import Source

SALT = (3007, 1)
"""The Salt release whose formulas are promised to run."""


def collect_process(source: Source) -> dict[str, Any]:
    """Collect ``id``, ``server_id``, the account, the environment, Python and the claimed Salt."""
    environ = source.environ
    digest = hashlib.sha256(source.node_id.encode("utf-8", "surrogateescape")).digest()
    return {
        "id": source.node_id,
        "server_id": int.from_bytes(digest) % 2**31,
        "uid": source.uid,
        "gid": source.gid,
        "username": _account(source, "/etc/passwd", source.uid),
        "groupname": _account(source, "/etc/group", source.gid),
        "pid": os.getpid(),
        "path": environ.get("PATH", ""),
        "systempath": environ.get("PATH", "").split(":"),
        "shell": environ.get("SHELL", "/bin/sh"),
        "pythonversion": list(sys.version_info),
        "pythonexecutable": sys.executable,
        "pythonpath": list(sys.path),
        "saltversion": ".".join(map(str, SALT)),
        "saltversioninfo": list(SALT),
        "timezone": _zone(source),
        "locale_info": _locale(source),
    }


def _account(source: Source, file: str, number: int) -> str:
    """Look in the file only: other account sources may ask the network."""
    for line in source.text(file).splitlines():
        fields = line.split(":")
        if len(fields) > 2 and fields[2] == str(number):
            return fields[0]
    return str(number)


def _locale(source: Source) -> dict[str, str]:
    environ = source.environ
    chosen = environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG") or ""
    for file in ("/etc/locale.conf", "/etc/default/locale"):
        chosen = chosen or read_assignments(source.text(file)).get("LANG", "")
    language, _, encoding = chosen.partition("@")[0].partition(".")
    if language in ("C", "POSIX"):
        language = "en_US" if encoding else ""
    return {
        "defaultlanguage": language or "unknown",
        "defaultencoding": encoding or "unknown",
        "detectedencoding": sys.getdefaultencoding(),
        "timezone": time.strftime("%Z"),
    }


def _zone(source: Source) -> str:
    _, found, name = source.link("/etc/localtime").rpartition("zoneinfo/")
    return name if found else source.line("/etc/timezone") or "UTC"
