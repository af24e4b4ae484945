"""Texts that must not get out, and a detector that finds them however they are wrapped up."""

from __future__ import annotations

import base64
import binascii
import hashlib
import html
import json
import re
import shutil
import subprocess
import urllib.parse
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

START = "Zé\"/+\\c'&"
"""How every canary starts: characters that each way of writing has to do something about."""

_DEPTH = 4
_WINDOW = 1024 * 1024  # bytes of something compressed; much looks so and is not
_GZIP, _ZSTD = b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd"
_ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_PACKED = re.compile(b"|".join(map(re.escape, (_GZIP, _ZSTD, *_ZLIB))))
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{40,}={0,2}(?:\r?\n[A-Za-z0-9+/_-]+={0,2})*")
_HEX = re.compile(rb"[0-9a-f]{64,}")
_KEY = 6


def canary(number: int) -> str:
    """Return the canary of a number: at least 16 characters, all different."""
    return f"{START}{number * 2654435761 % 2**40:010x}x{number:06d}"


class Detector:
    """Finds canaries in bytes: in clear, encoded, compressed, and any of these in each other."""

    def __init__(self, canaries: Iterable[str], digests: Iterable[str] = ()) -> None:
        """``digests`` are looked for as SHA-256 in hex, however they are wrapped up."""
        self._digests = frozenset(digest.encode() for digest in digests)
        self._forms: dict[bytes, str] = {}
        for text in canaries:
            for form in _forms(text):
                self._forms[form] = text
        lengths: dict[bytes, set[int]] = {}
        for form in self._forms:
            lengths.setdefault(form[:_KEY], set()).add(len(form))
        self._lengths = {start: sorted(each) for start, each in lengths.items()}
        starts = sorted(self._lengths)
        self._starts = re.compile(b"(?=(" + b"|".join(map(re.escape, starts)) + b"))")

    def found(self, data: bytes, depth: int = _DEPTH) -> set[str]:
        """Return the canaries in some bytes."""
        hits: set[str] = set()
        if self._forms:
            for match in self._starts.finditer(data):
                for length in self._lengths[match[1]]:
                    text = self._forms.get(data[match.start() : match.start() + length])
                    if text is not None:
                        hits.add(text)
        if self._digests:
            for run in _HEX.findall(data):
                windows = {run[at : at + 64] for at in range(len(run) - 63)}
                hits.update(digest.decode() for digest in windows & self._digests)
        if depth:
            for inner in (*_unpacked(data), *_decoded(data)):
                hits |= self.found(inner, depth - 1)
        return hits

    def found_below(self, folder: Path) -> dict[str, set[str]]:
        """Return the canaries in the files of a folder, and in their names, by path."""
        found: dict[str, set[str]] = {}
        known: dict[bytes, set[str]] = {}  # many peels keep the same blobs
        for path in sorted(folder.rglob("*")):
            hits = self.found(str(path.relative_to(folder)).encode("utf-8", "surrogateescape"))
            if path.is_file():
                data = path.read_bytes()
                digest = hashlib.sha256(data).digest()
                if digest not in known:
                    known[digest] = self.found(data)
                hits |= known[digest]
            if hits:
                found[str(path)] = hits
        return found


def _forms(text: str) -> Iterator[bytes]:
    data = text.encode()
    yield data
    for ascii_only in (True, False):
        written = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        yield written.encode()
        yield json.dumps(written)[1:-1].encode()
        yield written.replace("/", "\\/").encode()
    yield repr(text)[1:-1].encode()
    yield text.encode("unicode_escape")
    yield html.escape(text).encode()
    yield text.replace("'", "''").encode()
    yield text.replace("'", "'\"'\"'").encode()
    for safe in ("", "/"):
        for quoted in (urllib.parse.quote(text, safe=safe), urllib.parse.quote_plus(text, safe)):
            yield quoted.encode()
            yield re.sub("%..", lambda found: found[0].lower(), quoted).encode()
    yield data.hex().encode()
    yield data.hex().upper().encode()
    for before in range(3):
        letters = base64.b64encode(bytes(before) + data).rstrip(b"=")
        cut = 1 if (before + len(data)) % 3 else 0
        inner = letters[(0, 2, 3)[before] : len(letters) - cut]
        yield inner
        yield inner.translate(bytes.maketrans(b"+/", b"-_"))


def _unpacked(data: bytes) -> Iterator[bytes]:
    whole = memoryview(data)
    for match in _PACKED.finditer(data):
        part = whole[match.start() : match.start() + _WINDOW]
        if match[0] == _ZSTD:
            yield _zstd(bytes(part))
            continue
        opener = zlib.decompressobj(31 if match[0] == _GZIP else 15)
        try:
            inner = opener.decompress(part, 64 * 1024 * 1024)
        except zlib.error:
            continue
        if len(inner) > _KEY:
            yield inner


def _zstd(data: bytes) -> bytes:
    program = shutil.which("zstd")
    if program is None:
        raise AssertionError("something looks like zstd, and there is no program to open it with")
    done = subprocess.run([program, "-dcq"], input=data, capture_output=True, check=False)
    return done.stdout


def _decoded(data: bytes) -> Iterator[bytes]:
    for match in _BASE64.finditer(data):
        letters = b"".join(match[0].split()).rstrip(b"=")
        letters = letters.translate(bytes.maketrans(b"-_", b"+/"))
        for start in range(4):
            part = letters[start:]
            part = part[: len(part) // 4 * 4]
            try:
                inner = base64.b64decode(part, validate=True)
            except binascii.Error:
                continue
            if _PACKED.search(inner):
                yield inner
