"""``zester facts``: get, query."""

from __future__ import annotations

from zester.cli.console.entry import LazyGroup

VERBS = {
    "get": ("zester.cli.facts.get:get", "Print the facts of one peel, or one of them."),
    "query": ("zester.cli.facts.query:query", "Print which peels a target means, and facts."),
}

facts = LazyGroup(
    "facts",
    VERBS,
    "What peels published of their machines: none is asked, none has to be there.",
)
