"""``# noqa``: findings that somebody has looked at."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import field

from zester.compiler.checks.lint.finding import Finding, Rule
from zester.compiler.checks.lint.source import Source
from zester.dataclass import dataclass
from zester.errors import At

UNUSED = Rule("unused-noqa", "info", "a noqa that hides nothing, or names no rule")

_NOQA = re.compile(r"#\s*noqa\b(?::\s*([A-Za-z0-9-]+(?:\s*,\s*[A-Za-z0-9-]+)*))?")


@dataclass(slots=True)
class _Noqa:
    """``rules`` is empty for a bare one; ``used`` those that hid something."""

    at: At
    rules: tuple[str, ...]
    prose: bool
    used: set[str] = field(default_factory=set)


def suppress(
    findings: Iterable[Finding], sources: Mapping[str, Source], known: Collection[str]
) -> Iterator[Finding]:
    """Yield the findings that nobody hides, and the noqa that hide nothing."""
    marks = {
        (source.path, noqa.at.line): noqa for source in sources.values() for noqa in _noqas(source)
    }
    for finding in findings:
        noqa = marks.get((finding.file, finding.line))
        if noqa is None or (noqa.rules and finding.rule not in noqa.rules):
            yield finding
        else:
            noqa.used.add(finding.rule)
    for noqa in marks.values():
        yield from _unused(noqa, known)


def _noqas(source: Source) -> Iterator[_Noqa]:
    if "noqa" not in source.text:
        return
    for number, line in enumerate(source.lines, 1):
        found = _NOQA.search(line) if "noqa" in line else None
        if found is not None:
            rules = tuple(word.strip() for word in (found[1] or "").split(",") if word.strip())
            prose = source.sls is not None and number in source.prose
            yield _Noqa(At(source.path, number, found.start() + 1), rules, prose)


def _unused(noqa: _Noqa, known: Collection[str]) -> Iterator[Finding]:
    ours = [rule for rule in noqa.rules if rule in known]
    if noqa.prose and not ours:
        return  # part of a script that a state writes
    if not noqa.rules and not noqa.used:
        yield UNUSED.at(noqa.at, "noqa hides nothing", "remove it")
    for rule in noqa.rules:
        if rule not in known:
            yield UNUSED.at(noqa.at, f"noqa names no rule: {rule!r}", "see docs/linting.md")
        elif rule not in noqa.used:
            yield UNUSED.at(noqa.at, f"noqa hides no {rule}", "remove it")
