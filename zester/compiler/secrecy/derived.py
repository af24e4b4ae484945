"""Compare what settings led to with what masked settings led to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from zester.compiler.secrecy.leaves import drawn
from zester.targeting.value import Value
from zester.telemetry.redaction.redactor import MARK, SHORTEST

_WORDS = re.compile(r"(\s+|[=:,;|&<>(){}\[\]\"'])")


def derived_texts(real: Value, mask: Value) -> Iterator[str]:
    """Yield the texts in which two values of the same shape differ; all of it where they do not
    have the same shape."""
    if isinstance(real, Mapping) and isinstance(mask, Mapping) and len(real) == len(mask):
        for (key, inner), (mask_key, mask_inner) in zip(real.items(), mask.items(), strict=True):
            yield from derived_texts(key, mask_key)
            yield from derived_texts(inner, mask_inner)
    elif isinstance(real, list | tuple) and isinstance(mask, list | tuple):
        if len(real) == len(mask):
            for inner, mask_inner in zip(real, mask, strict=True):
                yield from derived_texts(inner, mask_inner)
        else:
            yield from _all_texts(real)
    elif isinstance(real, str) and isinstance(mask, str):
        yield from _differing(real, mask)
    elif real != mask:
        yield from _all_texts(real)


def shown_lines(real: str, mask: str) -> dict[str, str]:
    """Return how to show each line that depends on secrets; all other lines may be shown."""
    lines, mask_lines = real.splitlines(), mask.splitlines()
    if len(lines) != len(mask_lines):
        public = frozenset(mask_lines)
        return {line: MARK for line in lines if line not in public}
    pairs = zip(lines, mask_lines, strict=True)
    return {line: _shown(line, mask_line) for line, mask_line in pairs if line != mask_line}


def _shown(line: str, mask_line: str) -> str:
    words, mask_words = _WORDS.split(line), _WORDS.split(mask_line)
    if len(words) != len(mask_words):
        return MARK
    pairs = zip(words, mask_words, strict=True)
    return "".join(word if word == mask_word else MARK for word, mask_word in pairs)


def _differing(real: str, mask: str) -> Iterator[str]:
    if real == mask:
        return
    lines, mask_lines = real.splitlines(), mask.splitlines()
    if len(lines) > 1 and len(lines) == len(mask_lines):
        for line, mask_line in zip(lines, mask_lines, strict=True):
            yield from _differing(line, mask_line)
        return
    words, mask_words = _WORDS.split(real), _WORDS.split(mask)
    if len(words) == len(mask_words):
        for word, mask_word in zip(words, mask_words, strict=True):
            if word != mask_word and len(word) >= SHORTEST:
                yield word
            elif word != mask_word:
                yield real  # too short to be found by itself
                return
    elif len(real.strip()) >= SHORTEST:
        yield real


def _all_texts(value: Value) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if drawn(key):
                yield key
            yield from _all_texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _all_texts(inner)
    elif value is not None and not isinstance(value, bool) and len(str(value)) >= SHORTEST:
        yield str(value)
