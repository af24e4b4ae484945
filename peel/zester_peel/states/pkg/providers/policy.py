"""Reading ``apt-cache policy``."""

from __future__ import annotations

import re
from collections.abc import Mapping

_CANDIDATE = re.compile(r"^  Candidate: (\S+)$")
_VERSION = re.compile(r"^ (?:\*\*\*|   ) (\S+) -?\d+$")
_ORIGIN = re.compile(r"^ {8,}-?\d+ (\S+)")


def read_policy(text: str) -> Mapping[str, tuple[str, ...]]:
    """Return the versions that repositories offer for each package, the candidate first.

    What only dpkg knows (installed, and gone from the repositories) is not offered.
    """
    found: dict[str, tuple[str, ...]] = {}
    name, candidate, version = "", "", ""
    versions: list[str] = []
    for line in [*text.splitlines(), "end:"]:
        if line[:1].strip() and line.endswith(":"):
            if name:
                ordered = sorted(versions, key=lambda each: each != candidate)
                found[name] = tuple(dict.fromkeys(ordered))
            name, candidate, version, versions = line[:-1], "", "", []
        elif match := _CANDIDATE.match(line):
            candidate = match[1]
        elif match := _VERSION.match(line):
            version = match[1]
        elif (match := _ORIGIN.match(line)) and match[1] != "/var/lib/dpkg/status":
            versions.append(version)
    return found
