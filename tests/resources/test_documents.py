"""Documents from hostile hands."""

from __future__ import annotations

import json

import pytest

from zester.errors import InvalidDocument
from zester.resources.document import canonical_json
from zester.resources.head import Head
from zester.resources.jobs.job_return import JobReturn
from zester.resources.manifest import CHUNK_SIZE, FileEntry, Manifest

A, B = "a" * 64, "b" * 64
HEAD = {"revision": 1, "manifest": A, "created": 1.0}


def with_file(**entry: object) -> bytes:
    return canonical_json({"files": {"a": {"digest": A, "size": 1, **entry}}})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"\xff\xfe",
        b'{"revision":1',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        json.dumps({**HEAD, "revision": 0}).encode(),
        json.dumps({**HEAD, "revision": 2**63}).encode(),
        json.dumps({**HEAD, "revision": "1e999"}).encode(),
        json.dumps({**HEAD, "revision": 1.5}).encode(),
        json.dumps({**HEAD, "created": float("nan")}).encode(),
        json.dumps({**HEAD, "created": float("inf")}).encode(),
        json.dumps({**HEAD, "manifest_chunks": [A] * 5000}).encode(),
        json.dumps({**HEAD, "more": 1}).encode(),
        b'{"revision":1,"manifest":"' + A.encode() + b'","created":1,"author":"\\ud800"}',
    ],
)
def test_a_head_that_is_none_is_refused_with_one_line(data: bytes) -> None:
    with pytest.raises(InvalidDocument) as caught:
        Head.decode(data)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "data",
    [
        with_file(size=-1),
        with_file(size=2**70),
        with_file(size=10 * CHUNK_SIZE),
        with_file(chunks=[A, B]),
        with_file(size=CHUNK_SIZE + 1, chunks=[A]),
        with_file(size=1, chunks=[A] * 100_000),
        with_file(mode=0o4755),
        with_file(digest="../../etc/passwd"),
        with_file(digest=A + "\n"),
        b'{"files":{"a":{"digest":"' + A.encode() + b'","size":Infinity}}}',
    ],
)
def test_a_manifest_that_lies_about_a_file_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidDocument):
        Manifest.decode(data)


@pytest.mark.parametrize("path", ["/a", "../a", "a/../b", "a//b", "a/", "", ".", "a\\b", "a\nb"])
def test_a_manifest_with_a_path_that_leads_elsewhere_is_refused(path: str) -> None:
    data = json.dumps({"files": {path: {"digest": A, "size": 1}}}).encode()
    with pytest.raises(InvalidDocument):
        Manifest.decode(data)


def test_a_file_of_exactly_one_chunk_has_no_list_of_chunks() -> None:
    Manifest.decode(with_file(size=CHUNK_SIZE))
    Manifest.decode(with_file(size=CHUNK_SIZE + 1, chunks=[A, B]))


def test_what_was_encoded_is_decoded_to_the_same() -> None:
    head = Head(revision=2**53 - 1, manifest=A, manifest_chunks=(A, B), created=1.5, author="ü")
    assert Head.decode(head.encode()) == head


ENTRY = b'{"digest":"' + A.encode() + b'","size":1}'


@pytest.mark.parametrize(
    "data",
    [
        b'{"files":{"a":' + ENTRY + b',"a":' + ENTRY + b"}}",
        b'{"files":{"a":' + ENTRY + b'},"files":{}}',
        b'{"files":{"a":' + ENTRY + b',"\\u0061":' + ENTRY + b"}}",
        b'{"files":{"a":{"digest":"' + A.encode() + b'","size":2,"size":1}}}',
        b'{"files":{"b":' + ENTRY + b',"a":' + ENTRY + b"}}",
        b'{"files": {"a":' + ENTRY + b"}}",
        b'{"files":{"a":' + ENTRY + b"}}\n",
        b'{"files":{"a":{"digest":"' + A.encode() + b'","size":"1"}}}',
        b'{"files":{"a":{"digest":"' + A.encode() + b'","mode":420,"size":1}}}',
        b'{"files":{},"version":1}',
    ],
)
def test_a_manifest_that_is_not_the_one_canonical_text_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidDocument):
        Manifest.decode(data)


def test_what_a_file_asks_for_is_part_of_a_manifest_and_known_to_who_reads_it() -> None:
    plain = FileEntry(digest=A, size=1)
    wishing = FileEntry(digest=A, size=1, wishes=("list",))
    data = Manifest(files={"a": plain, "b": wishing}).encode()
    assert data == b'{"files":{"a":' + ENTRY + b',"b":' + ENTRY[:-1] + b',"wishes":["list"]}}}'
    assert Manifest.decode(data).files == {"a": plain, "b": wishing}
    for word in (b'"else"', b"1", b'["list"]'):
        with pytest.raises(InvalidDocument):
            Manifest.decode(data.replace(b'"list"', word))


@pytest.mark.parametrize("count", [0, 1, 255, 256, 257, 1000])
def test_a_manifest_of_any_size_is_read_back(count: int) -> None:
    files = {
        f"states/ü {number}": FileEntry(digest=A, size=number, mode=0o755 if number % 2 else 0o644)
        for number in range(count)
    }
    manifest = Manifest(files=files)
    assert Manifest.decode(manifest.encode()) == manifest


@pytest.mark.parametrize(
    "value",
    [None, True, -0.0, 1e300, 2**80, "ü\u2028\\", [], {}, {"a": [1, 2.5, None, {"b": {"c": "d"}}]}],
)
def test_what_became_of_a_job_is_read_as_it_was_told(value: object) -> None:
    told = JobReturn(
        jid="20261122-080000-abcdef",
        node="web-01.example.com",
        who="alice",
        function="test.ping",
        status="failed",
        retcode=2,
        value=value,
        error="it did not\ngo well",
        started=1.5,
    )

    assert JobReturn.decode(told.encode()) == told
