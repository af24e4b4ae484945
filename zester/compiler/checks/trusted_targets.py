"""Settings that are given away by what nodes say of themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from zester.compiler.assigned.nodegroups import with_groups
from zester.compiler.assigned.top import TOP, is_top, sections, top_targets
from zester.compiler.roots import find_roots
from zester.compiler.state_file import read_state_file
from zester.errors import At, SourceError
from zester.resources.files import Files
from zester.targeting.node import NodeView
from zester.targeting.parser import parse_target
from zester.targeting.trusted import asks_facts
from zester.templating.documents.document import parse
from zester.templating.documents.pipe import read_pipe
from zester.templating.origin import Rendered, Segment
from zester.templating.outline import Outliner
from zester.templating.recorded import RecordedFiles
from zester.templating.renderer import decode, has_jinja

HINT = "target ids or labels (label:role=db), which masters vouch for since a node was enrolled"

_FACTS = re.compile(r"\b(?:grains|facts)\b")
_TAG = re.compile(r"{[{%].*?[%}]}", re.DOTALL)


def untrusted_targets(files: Files) -> tuple[SourceError, ...]:
    """Return a problem for each place of the settings top file that believes facts.

    A node that was broken into reports what it likes: facts must not decide about secrets.
    """
    recorded = RecordedFiles(files)
    root = find_roots(recorded).settings
    if root is None:
        return ()
    found: dict[str, SourceError] = {}
    for path in recorded.below(root):
        if not is_top(path.removeprefix(root)):
            continue
        data = recorded.read(path)
        if data is None:
            continue
        try:
            text = decode(data, path)
            pipe = read_pipe(text, path)
            groups = with_groups(NodeView(id="none"), {"": recorded}).groups
        except SourceError:
            continue  # the checks of the tree tell
        jinja = pipe.jinja and has_jinja(text)
        problems = [*_targets(text, path, root, groups, jinja=jinja)]
        if jinja or pipe.format == "py":
            problems += _template(text, path, whole=pipe.format == "py")
        for problem in problems:
            found.setdefault(str(problem), problem)
    return tuple(found.values())


def _targets(
    text: str, path: str, root: str, groups: Mapping[str, str], *, jinja: bool
) -> Iterator[SourceError]:
    name = path.removeprefix(root)
    try:
        shapes: Iterator[Rendered] = iter((Rendered(text, (Segment(0, name, 1, True),), root),))
        shapes = Outliner(root).outline(text, name) if jinja else shapes
    except SourceError:
        return
    for rendered in shapes:
        try:
            file = read_state_file(TOP, rendered, path, parse, lambda _: None)
            targets = [each for env in sections(file) for each in top_targets(file, env)]
        except SourceError:
            continue
        for target in targets:
            try:
                expression = parse_target(target.expression, kind=target.kind)
            except SourceError:
                continue
            if asks_facts(expression, groups):
                yield SourceError(
                    f"settings are given by facts: {target.expression!r}", at=target.at, hint=HINT
                )


def _template(text: str, path: str, *, whole: bool) -> Iterator[SourceError]:
    spans = [(0, len(text))] if whole else [found.span() for found in _TAG.finditer(text)]
    for start, end in spans:
        named = _FACTS.search(text, start, end)
        if named is not None:
            line = text.count("\n", 0, named.start()) + 1
            yield SourceError("settings are given by facts", at=At(path, line), hint=HINT)
