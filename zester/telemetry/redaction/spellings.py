"""The ways in which one secret may be written."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

ENCODED = 8
"""Characters from which on a secret is looked for in its encodings, too."""

_PIECE = 1024  # characters; a longer text is looked for in pieces
_LINES = (64, 76)  # characters of a line of wrapped base64
_ESCAPED = re.compile("%[0-9A-F]{2}")
_PLAIN = re.compile("[A-Za-z0-9_./-]+")


def spellings(text: str) -> Iterator[tuple[str, bool]]:
    """Yield each spelling of a secret, and whether what is around it is part of it as well.

    That is so in base64: its letters stand for parts of bytes, and of the text before and after.
    """
    for line in text.splitlines() if "\n" in text else ():
        if len(line.strip()) >= ENCODED:
            yield from spellings(line.strip())
    if len(text) > _PIECE:
        for start in range(0, len(text), _PIECE):
            yield from spellings(text[min(start, len(text) - _PIECE) : start + _PIECE])
        return
    yield text, False
    if len(text) < ENCODED:
        return
    for each in {*_cased(text), *_quoted(text), *_in_hex(text)} - {text}:
        yield each, False
    for each in _in_base64(text):
        yield each, True


def _cased(text: str) -> Iterator[str]:
    yield from (text.lower(), text.upper(), text.capitalize())


def _quoted(text: str) -> Iterator[str]:
    if _PLAIN.fullmatch(text):
        if not text.isalnum():  # such as a path: most are, and most ways to quote leave it alone
            yield from (text.replace("/", quoted) for quoted in ("%2F", "%2f", "\\/"))
            yield re.escape(text)
        return
    yield from _escaped(text)


def _escaped(text: str) -> Iterator[str]:
    yield text.strip()
    yield text.replace("\n", "\r\n")
    for safe in ("", "/", "/:@", "~()*!.'"):
        for escaped in (quote(text, safe=safe, errors="replace"), quote_plus(text, safe=safe)):
            yield escaped
            yield _ESCAPED.sub(lambda found: found[0].lower(), escaped)
    for ascii_only in (True, False):
        yield json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        yield json.dumps(text, ensure_ascii=ascii_only)[1:-1].replace("/", "\\/")
    yield json.dumps(json.dumps(text))[3:-3]
    yield repr(text)[1:-1]
    yield ascii(text)[1:-1]
    yield text.encode("unicode_escape", "replace").decode()
    yield text.replace("\\", "\\\\").replace('"', '\\"')
    yield text.replace("'", "''")
    yield text.replace("'", "\\'")
    yield text.replace("'", "'\"'\"'")  # as in a quoted word of a shell
    yield re.escape(text)
    marked = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    yield marked
    yield marked.replace('"', "&quot;").replace("'", "&#x27;")
    yield marked.replace('"', "&#34;").replace("'", "&#39;")


def _in_hex(text: str) -> Iterator[str]:
    data = text.encode("utf-8", "replace")
    yield data.hex()
    yield data.hex().upper()
    yield data.hex(":")
    yield data.hex(" ")


def _in_base64(text: str) -> Iterator[str]:
    """Yield what does not depend on what stands before and after, at each of the alignments."""
    data = text.encode("utf-8", "replace")
    found: set[str] = set()
    for before in range(3):
        letters = base64.b64encode(bytes(before) + data).decode().rstrip("=")
        whole = len(letters) - (1 if (before + len(data)) % 3 else 0)
        found.add(letters[(0, 2, 3)[before] : whole])
    whole_text = base64.b64encode(data).decode().rstrip("=")
    for width in _LINES:
        if len(whole_text) > width:
            lines = [whole_text[at : at + width] for at in range(0, len(whole_text), width)]
            found.update(line for line in lines if len(line) >= ENCODED)
    for each in found:
        yield each
        yield each.translate(_URL_SAFE)


_URL_SAFE = str.maketrans("+/", "-_")
