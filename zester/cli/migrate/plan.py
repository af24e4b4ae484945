"""Everything that is to be done, before anything is."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path

from zester.cli.migrate.change import Site
from zester.cli.migrate.disk.walk import Entry, walk
from zester.cli.migrate.finding import Finding
from zester.cli.migrate.given import given_names
from zester.cli.migrate.named import named_by_url
from zester.cli.migrate.options import Options
from zester.cli.migrate.page import Page
from zester.cli.migrate.rules.functions import execution_functions
from zester.cli.migrate.rules.requisites import declared_functions
from zester.cli.migrate.rules.table import RULES
from zester.dataclass import dataclass
from zester.errors import SourceError
from zester.templating.tokens import TemplateReader

OLD, NEW = ".sls", ".zy"
MAX_SIZE = 4 * 1024 * 1024
"""Largest template that is looked into, in bytes."""


@dataclass(frozen=True, slots=True)
class FilePlan:
    """One file; ``after`` is None for what is left as it is, ``link`` a link's new target.

    ``counts`` maps rules to how often they rewrote something.
    """

    entry: Entry
    new_path: str
    before: bytes = b""
    after: bytes | None = None
    link: str | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    @property
    def target(self) -> Path:
        return self.entry.root / self.new_path

    @property
    def renamed(self) -> bool:
        return self.new_path != self.entry.path

    @property
    def changed(self) -> bool:
        return self.renamed or self.link is not None or self.rewritten

    @property
    def rewritten(self) -> bool:
        return self.after is not None and self.after != self.before


@dataclass(frozen=True, slots=True)
class Plan:
    """All files in order; ``blocked`` when nothing of it may be written.

    ``functions`` are the execution functions that the files call.
    """

    files: tuple[FilePlan, ...]
    blocked: bool
    functions: frozenset[str]

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(finding for file in self.files for finding in file.findings)


def make_plan(paths: Sequence[Path], options: Options) -> Plan:
    """Read all files and decide what becomes of each; raises OSError."""
    reader = TemplateReader()
    files: list[FilePlan] = []
    pages: dict[int, Page] = {}
    for entry in walk(paths):
        number = len(files)
        file = FilePlan(entry, entry.path)
        if not entry.is_link:
            file, page = _read(file, reader)
            if page is not None:
                pages[number] = page
        files.append(file)
    kept = named_by_url(pages.values())
    renaming = {
        number
        for number, page in pages.items()
        if page.path.endswith(OLD) and page.path not in kept
    }
    site = _site(options, files, pages, renaming)
    for number, page in pages.items():
        files[number] = _rewritten(files[number], page, site)
        if number in renaming and files[number].after is not None:
            files[number] = replace(files[number], new_path=_new(page.path))
        elif page.path in kept:
            files[number] = _noted(files[number], kept[page.path])
    files = list(_with_links(files))
    collisions = list(_collisions(files))
    for number, finding in collisions:
        files[number] = _noted(files[number], finding)
    functions = frozenset(name for page in pages.values() for name in execution_functions(page))
    # References were made to follow a rename that does not happen after all.
    astray = any(files[number].after is None for number in renaming)
    return Plan(tuple(files), bool(collisions) or astray, functions)


def _read(file: FilePlan, reader: TemplateReader) -> tuple[FilePlan, Page | None]:
    if not file.entry.place.is_file():
        return _noted(file, Finding("error", "read", None, "no regular file")), None
    if file.entry.place.stat().st_size > MAX_SIZE:
        message = f"larger than {MAX_SIZE // 2**20} MiB: not looked into, left as it is"
        return _noted(file, Finding("warning", "read", None, message)), None
    data = file.entry.place.read_bytes()
    file = replace(file, before=data)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"not UTF-8: byte 0x{data[error.start]:02x}"
        return _noted(file, Finding("error", "read", line, message, "save it as UTF-8")), None
    page = Page(file.entry.path, text, reader)
    try:
        _ = page.syntax
    except SourceError as error:
        return _noted(file, _unparsed(error)), None
    return file, page


def _unparsed(error: SourceError) -> Finding:
    line = error.at.line if error.at else None
    return Finding("error", "syntax", line, error.message, error.hint)


def _site(
    options: Options, files: Sequence[FilePlan], pages: Mapping[int, Page], renaming: set[int]
) -> Site:
    functions: dict[tuple[str, str], set[str]] = defaultdict(set)
    for page in pages.values():
        if page.is_state_file and not page.is_code:
            for target, function in declared_functions(page):
                functions[target].add(function)
    renamed = frozenset(pages[number].path for number in renaming)
    old = {file.entry.path for file in files if file.entry.path.endswith(OLD)}
    return Site(
        options,
        renamed,
        frozenset(old - renamed),
        {target: frozenset(found) for target, found in functions.items()},
        frozenset(given_names(pages.values())),
    )


def _rewritten(file: FilePlan, page: Page, site: Site) -> FilePlan:
    counts: dict[str, int] = {}
    findings = list(file.findings)
    current = page
    try:
        for rule in RULES:
            if not rule.wanted(site.options):
                continue
            change = rule.apply(current, site)
            findings += change.findings
            if change.count:
                counts[rule.name] = change.count
            current = current.changed(change.text)
        _ = current.syntax
    except SourceError as error:
        return _noted(file, _unparsed(error))
    ordered = tuple(sorted(findings, key=lambda finding: finding.line or 0))
    return replace(file, after=current.text.encode(), counts=counts, findings=ordered)


def _with_links(files: Sequence[FilePlan]) -> Iterable[FilePlan]:
    """Point links at the new names of what they point at."""
    moved = {file.entry.place.resolve() for file in files if file.renamed}
    roots = {file.entry.root.resolve() for file in files}
    for file in files:
        if not file.entry.is_link:
            yield file
            continue
        target = Path(os.path.realpath(file.entry.place))
        text = str(file.entry.place.readlink())
        if target in moved and text.endswith(OLD):
            path = file.entry.path
            new_path = _new(path) if path.endswith(OLD) else path
            yield replace(file, link=_new(text), new_path=new_path)
        elif file.entry.path.endswith(OLD) and not any(root in target.parents for root in roots):
            message = f"a symbolic link that leads out, to {text!r}: left as it is"
            yield _noted(file, Finding("warning", "links", None, message))
        else:
            yield file


def _collisions(files: Sequence[FilePlan]) -> Iterable[tuple[int, Finding]]:
    for number, file in enumerate(files):
        if file.renamed and os.path.lexists(file.target):
            message = f"{file.new_path!r} exists already: nothing is written"
            hint = "keep one of the two files and remove the other"
            yield number, Finding("error", "rename", None, message, hint)


def _noted(file: FilePlan, finding: Finding) -> FilePlan:
    return replace(file, findings=(*file.findings, finding))


def _new(path: str) -> str:
    return path.removesuffix(OLD) + NEW
