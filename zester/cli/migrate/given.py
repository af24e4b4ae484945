"""Variables that templates are handed by others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from zester.cli.migrate.layout.nodes import Map, Text
from zester.cli.migrate.page import Page
from zester.cli.migrate.rules.references import ends_with, imported, tail_of
from zester.cli.migrate.rules.variables import NAMES
from zester.cli.migrate.rules.words import literal

ARGUMENTS = frozenset(("context", "defaults"))


def given_names(pages: Iterable[Page]) -> Iterator[tuple[str, str]]:
    """Return ``(path, name)`` for templates that may see another ``facts`` or ``settings``.

    They are imported or included by a file that sets the name, or a state passes it to its
    templates, which are looked for no further: any template that is no state file may be one.
    """
    known = list(pages)
    for page in known:
        names = page.syntax.bound.intersection(NAMES.values())
        tails = [tail_of(literal(token) or "") for token, _ in imported(page.syntax.tokens)]
        for name in names:
            for other in known:
                if any(ends_with(other.path, tail) for tail in tails):
                    yield other.path, name
        for name in _passed(page):
            yield from ((other.path, name) for other in known if not other.is_state_file)


def _passed(page: Page) -> Iterator[str]:
    if not page.is_state_file or page.is_code:
        return
    if not any(name in page.text for name in NAMES.values()):
        return
    for node in page.outline.nodes():
        for key, value in node.pairs if isinstance(node, Map) else ():
            if isinstance(key, Text) and key.value in ARGUMENTS and isinstance(value, Map):
                names = {name.value for name, _ in value.pairs if isinstance(name, Text)}
                yield from names.intersection(NAMES.values())
