"""Digests that sources are checked against."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from zester.dataclass import dataclass
from zester.errors import StateError
from zester_peel.engine.fields import read_text

LENGTHS = {"md5": 32, "sha1": 40, "sha224": 56, "sha256": 64, "sha384": 96, "sha512": 128}
_BY_LENGTH = {length: name for name, length in LENGTHS.items()}
_PLACE = re.compile(r"((salt|zester|https?|ftp|file)://.|/.)")
_IN_LINE = re.compile(r"(?i)(?<![a-z0-9])([a-f0-9]{32,128})(?![a-z0-9])")


@dataclass(frozen=True, slots=True)
class Checksum:
    """A digest in lower-case hex."""

    algorithm: str
    value: str

    def __str__(self) -> str:
        return f"{self.algorithm}={self.value}"

    def checked(self, parts: Iterable[bytes], name: str) -> Iterator[bytes]:
        """Pass the parts through; raises StateError after the last when they are not as wished."""
        whole = hashlib.new(self.algorithm, usedforsecurity=False)
        for part in parts:
            whole.update(part)
            yield part
        self.demand(whole.hexdigest(), name)

    def demand(self, value: str, name: str) -> None:
        """Raise StateError when a digest is another one."""
        if value != self.value:
            spelt = self.algorithm.upper().replace("SHA", "SHA-")
            raise StateError(
                f"source {name} has the {spelt} {value}, source_hash asks for {self.value}"
            )


def read_checksum(value: object) -> str:
    """Read ``source_hash``: a digest, ``sha256=…``, or where a file with digests is."""
    text = read_text(value).strip()
    if text and not _PLACE.match(text):
        checksum_of(text)
    return text


def is_place(text: str) -> bool:
    """Tell whether a ``source_hash`` says where digests are, rather than what they are."""
    return _PLACE.match(text) is not None


def checksum_of(text: str) -> Checksum:
    """Return a written digest; raises ValueError."""
    named, equals, digits = text.strip().partition("=")
    if not equals:
        named, colon, digits = text.strip().partition(":")
        if not colon:
            named, digits = "", text.strip()
    named, digits = named.strip().lower(), digits.strip().lower()
    if not re.fullmatch(r"[0-9a-f]+", digits):
        raise ValueError(f"{text!r} is neither a digest nor a place where one is")
    algorithm = named or _BY_LENGTH.get(len(digits), "")
    if algorithm not in LENGTHS:
        raise ValueError(f"{text!r} is no digest that is known: {', '.join(LENGTHS)}")
    if len(digits) != LENGTHS[algorithm]:
        raise ValueError(
            f"a digest of {algorithm} has {LENGTHS[algorithm]} digits, this one {len(digits)}"
        )
    return Checksum(algorithm, digits)


def checksum_in(text: str, *, hash_name: str | None, path: str, source: str) -> Checksum:
    """Return the digest that a file with digests gives for a source.

    The line is that of ``hash_name``, else of a name like the destination's, else of one like the
    source's, else the first that has a digest. Raises StateError when no line has one.
    """
    lines = [(line.strip(), found) for line in text.splitlines() if (found := _digest_in(line))]
    if hash_name is not None:
        for line, found in lines:
            if _names(line, hash_name, whole=True):
                return found
    for name in (posixpath.basename(path), _last_part(source)):
        for line, found in lines:
            if name and _names(line, name, whole=False):
                return found
    if not lines:
        raise StateError(f"the file of source_hash has no digest for {source}")
    return lines[0][1]


def _digest_in(line: str) -> Checksum | None:
    found = _IN_LINE.search(line)
    algorithm = _BY_LENGTH.get(len(found[1])) if found is not None else None
    return Checksum(algorithm, found[1].lower()) if found is not None and algorithm else None


def _names(line: str, name: str, *, whole: bool) -> bool:
    before = line[: -len(name)][-1:] if line.endswith(name) else ""
    if before and (before.isspace() or (not whole and before in "/*\\")):
        return True
    return line.startswith(name) and line[len(name) : len(name) + 1].isspace()


def _last_part(source: str) -> str:
    parts = urlsplit(source)
    return posixpath.basename(parts.path or parts.netloc)
