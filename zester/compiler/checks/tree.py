"""What is wrong with a tree whatever node it is for."""

from __future__ import annotations

from collections.abc import Iterator

from zester.compiler.assigned.nodegroups import FILE as NODEGROUPS
from zester.compiler.assigned.nodegroups import read_groups
from zester.compiler.checks.outline import OutlineCheck
from zester.compiler.roots import find_roots
from zester.compiler.state_root import SUFFIXES
from zester.errors import At, SourceError
from zester.resources.files import Files
from zester.targeting.parser import parse_target
from zester.templating.outline import Outliner
from zester.templating.recorded import RecordedFiles
from zester.templating.renderer import decode, has_jinja

TEMPLATES = (*SUFFIXES, ".jinja", ".j2")


def check_tree(files: Files) -> tuple[SourceError, ...]:
    """Return every problem of a tree that can be proved without a node, in the order of paths.

    Templates must be UTF-8 and parse. State and settings files must be YAML mappings without
    duplicate keys, and name only files that exist; node groups must parse. In a file with Jinja
    only what stands on lines without Jinja counts, and only if it is wrong whatever the expressions
    around it give.
    """
    recorded = RecordedFiles(files)
    roots = find_roots(recorded)
    checks = [OutlineCheck(recorded, roots.states, states=True)]
    if roots.settings is not None:
        checks.insert(0, OutlineCheck(recorded, roots.settings, states=False))
    elsewhere = Outliner("")
    sound: set[bytes] = set()
    problems: list[SourceError] = []
    for path in files.paths():
        if path == NODEGROUPS:
            problems.extend(_groups(files.read(path) or b""))
        if not path.endswith(TEMPLATES):
            continue
        data = files.read(path)
        if data is None or data in sound:
            continue
        check = next((check for check in checks if path.startswith(check.prefix)), None)
        if check is None or not path.endswith(SUFFIXES):
            found = list(_syntax(elsewhere, path, data))
            if not found:
                sound.add(data)
        else:
            found = list(check.problems(path, data))
        problems.extend(found)
    return tuple(problems)


def _groups(data: bytes) -> Iterator[SourceError]:
    try:
        for name, expression in read_groups(decode(data, NODEGROUPS), NODEGROUPS).items():
            try:
                parse_target(expression, at=At(f"{NODEGROUPS} ({name})"))
            except SourceError as error:
                yield error
    except SourceError as error:
        yield error


def _syntax(outliner: Outliner, path: str, data: bytes) -> Iterator[SourceError]:
    try:
        text = decode(data, path)
        if has_jinja(text):
            outliner.outline(text, path)
    except SourceError as error:
        yield error
