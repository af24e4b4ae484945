"""The detector of canaries finds each of them, whatever it is wrapped up in."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import shutil
import subprocess
import urllib.parse
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from support.canaries import Detector, canary

CANARIES = [canary(number) for number in range(10_000)]
ONE = CANARIES[4711]


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector(CANARIES)


def zstd(data: bytes) -> bytes:
    program = shutil.which("zstd")
    if program is None:
        pytest.skip("there is no zstd here")
    return subprocess.run([program, "-cq"], input=data, capture_output=True, check=True).stdout


def document(text: str) -> bytes:
    return json.dumps({"a": "x" * 50, "b": text, "c": "y" * 50}).encode()


WAYS: dict[str, Callable[[str], bytes]] = {
    "plain": str.encode,
    "json": document,
    "json without escapes": lambda text: json.dumps(text, ensure_ascii=False).encode(),
    "json in json": lambda text: json.dumps(json.dumps([text])).encode(),
    "repr": lambda text: repr(text).encode(),
    "url": lambda text: urllib.parse.quote(text, safe="").encode(),
    "url with slashes": lambda text: urllib.parse.quote(text).encode(),
    "url lower": lambda text: re.sub(
        "%..", lambda found: found[0].lower(), urllib.parse.quote_plus(text)
    ).encode(),
    "query": lambda text: urllib.parse.urlencode({"q": text}).encode(),
    "hex": lambda text: text.encode().hex().encode(),
    "HEX": lambda text: text.encode().hex().upper().encode(),
    "base64": lambda text: base64.b64encode(text.encode()),
    "base64 after one": lambda text: base64.b64encode(b"a" + text.encode() + b"bcd"),
    "base64 after two": lambda text: base64.b64encode(b"ab" + text.encode() + b"cd"),
    "base64 for urls": lambda text: base64.urlsafe_b64encode(b"??" + text.encode()),
    "gzip": lambda text: gzip.compress(document(text)),
    "zlib": lambda text: zlib.compress(document(text)),
    "zlib at most": lambda text: zlib.compress(document(text), 9),
    "zstd": lambda text: zstd(document(text)),
    "gzip in base64": lambda text: base64.b64encode(gzip.compress(document(text))),
    "gzip in wrapped base64": lambda text: base64.encodebytes(gzip.compress(document(text) * 3)),
    "gzip in gzip": lambda text: gzip.compress(gzip.compress(document(text))),
    "base64 in gzip": lambda text: gzip.compress(base64.b64encode(text.encode())),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("around", [b"", b"\x00noise \xff\x1f\x8b\x08 and \x78\x9c "])
def test_it_finds_a_canary_in_each_form(detector: Detector, way: str, around: bytes) -> None:
    data = WAYS[way](ONE)
    assert detector.found(around + data + around) == {ONE}


def test_it_finds_every_one_of_many(detector: Detector) -> None:
    assert detector.found(gzip.compress(json.dumps(CANARIES).encode())) == set(CANARIES)
    assert detector.found("\n".join(CANARIES).encode()) == set(CANARIES)


def test_it_finds_nothing_where_there_is_nothing(detector: Detector) -> None:
    almost = ONE[:-1] + "_"
    noise = bytes(range(256)) * 4000 + almost.encode() + base64.b64encode(almost.encode())
    assert detector.found(noise) == set()


def test_it_looks_into_files_and_at_their_names(detector: Detector, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/b.gz").write_bytes(gzip.compress(ONE.encode() * 2))
    (tmp_path / ONE.encode().hex()).write_text("")
    assert list(detector.found_below(tmp_path).values()) == [{ONE}, {ONE}]


def test_digests_are_found_also_when_they_are_compressed() -> None:
    digest = hashlib.sha256(b"x").hexdigest()
    detector = Detector([], [digest])
    assert detector.found(b"ab" + digest.encode() + b" rest") == {digest}
    assert detector.found(zlib.compress(f"say {digest}".encode())) == {digest}
    assert detector.found(digest[1:].encode()) == set()
