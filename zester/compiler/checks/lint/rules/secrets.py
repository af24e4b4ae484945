"""Secrets that anybody who reads the tree can read."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator

from zester.compiler.checks.lint.finding import Finding, Rule
from zester.compiler.checks.lint.outline import opaque
from zester.compiler.checks.lint.pairs import Pair, pairs
from zester.compiler.checks.lint.source import Source
from zester.compiler.checks.lint.tree import LintTree
from zester.errors import At

SECRET = Rule("clear-secret", "warning", "a password, token or key in clear")
PRIVATE_KEY = Rule("private-key", "error", "a private key in clear")

_KEY = re.compile(
    r"(?:^|[_.\-])(?:pass|passwd|password|passphrase|secret|token|api_?key|apikey|auth_?key"
    r"|access_?key|secret_?key|private_?key|client_?secret|credentials?)s?$",
    re.IGNORECASE,
)
_MAYBE = re.compile(r"(?:key|auth|pw|pin|cred|salt|hmac)s?$", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_PEM = re.compile(r"-----BEGIN (?!ENCRYPTED)(?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----")
_AWS = re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b")
_HARMLESS = re.compile(
    r"""
    \$\w{1,10}\$.*            # crypt: $6$..., $y$..., $2b$...
  | \*[0-9A-F]{40}            # MySQL
  | md5[0-9a-f]{32} | SCRAM-SHA-256\$.*    # PostgreSQL
  | \{[A-Z0-9\-]+\}.*         # LDAP: {SSHA}...
  | [!*x]{1,2}                # no password at all
  | \$\{?\w+\}?               # a variable of the environment
  | <[^<>]*>                  # a gap to be filled
  | !encrypted.* | ENC\[.* | sdb://.* | vault:.* | -----BEGIN\ PGP\ MESSAGE-----.*
  | true | false | yes | no | on | off | null | none | ~
  """,
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_NAMES_KEY = re.compile(r"key|credential", re.IGNORECASE)
_PATH = re.compile(r"(?:[\w+]+:/|~)?/\S*")
_MIN_RANDOM = 20
_MAX_FILE = 256 * 1024


def check_secrets(tree: LintTree) -> Iterator[Finding]:
    """Yield secrets behind keys that say so, keys of AWS, and private keys in any file."""
    for source in tree.sources.values():
        for pair in pairs(source):
            if _is_secret(pair):
                yield SECRET.at(
                    pair.at,
                    f"{pair.key!r} holds its value in clear",
                    "encrypt it, or take it from settings only this node may read",
                )
        yield from _marks(source)
    for path in tree.files.paths():
        if path not in tree.sources:
            yield from _file(tree, path)


def _is_secret(pair: Pair) -> bool:
    value = pair.value.strip()
    key = _CAMEL.sub("_", pair.key)
    if not value or "{{" in value or "{%" in value or opaque(value):
        return False
    if pair.written.startswith(("!", "*", "&", "|", ">", "[", "{")) or _HARMLESS.fullmatch(value):
        return False
    if _KEY.search(key):
        # a key may as well be a path, a name is no password
        return not (_NAMES_KEY.search(key) and (_PATH.fullmatch(value) or len(value) < 8))
    return bool(_MAYBE.search(key)) and len(value) >= _MIN_RANDOM and _random(value)


def names_secret(name: str, value: str) -> bool:
    """Return whether a name says that its value is secret, or the value looks drawn by lot."""
    told = _KEY.search(_CAMEL.sub("_", name)) is not None
    return told or (len(value) >= _MIN_RANDOM and _random(value))


def _random(value: str) -> bool:
    """Whether a word looks like drawn by lot: letters and digits mixed, hardly one twice."""
    if not re.fullmatch(r"[A-Za-z0-9+/=_\-]+", value) or value.startswith(("ssh-", "/")):
        return False
    if not (re.search(r"[A-Za-z]", value) and re.search(r"\d", value)):
        return False
    counts, length = Counter(value).values(), len(value)
    return -sum(n / length * math.log2(n / length) for n in counts) >= 3.5


def _marks(source: Source) -> Iterator[Finding]:
    for pattern, rule, what in (
        (_PEM, PRIVATE_KEY, "a private key in clear"),
        (_AWS, SECRET, "the id of an AWS key"),
    ):
        for found in pattern.finditer(source.text):
            if "EXAMPLE" not in found[0]:
                line, column = source.position(found.start())
                yield rule.at(At(source.path, line, column), what)


def _file(tree: LintTree, path: str) -> Iterator[Finding]:
    data = tree.files.read(path)
    if data is None or len(data) > _MAX_FILE or b"PRIVATE KEY" not in data:
        return
    found = _PEM.search(data.decode("utf-8", "replace"))
    if found:
        text = data.decode("utf-8", "replace")
        line = text.count("\n", 0, found.start()) + 1
        yield PRIVATE_KEY.at(At(path, line), "a private key in clear")
