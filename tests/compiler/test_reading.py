"""State files that changed and come to the same are not compiled again; all others are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from zester.compiler.compile import Compiled, compile_node
from zester.compiler.memory import CompileMemory
from zester.errors import SourceError
from zester.resources.files import Files
from zester.targeting.node import NodeView
from zester.targeting.value import Value
from zester.templating.cache.library import Library

MakeFiles = Callable[[dict[str, str | bytes]], Files]

TREE: dict[str, str | bytes] = {
    "states/top.sls": "base:\n  '*':\n    - web\n",
    "states/web.sls": """\
# of the web
{% from 'map.jinja' import port %}
include:
  - part
a:
  test.nop:
    - name: {{ grains.os }} {{ port }} {{ pillar.get('greeting') }}
""",
    "states/part.sls": "b:\n  test.nop: []\n",
    "states/map.jinja": "{% set port = 80 %}",
}


class Again:
    """One node, compiled again and again as an agent's workshop does."""

    def __init__(self, make: MakeFiles) -> None:
        self._make = make
        self._library = Library()
        self._memory = CompileMemory(low_states=0)
        self.tree = dict(TREE)
        self.node = NodeView(id="web-01", facts={"os": "Debian"})
        self.settings: Mapping[str, Value] = {"greeting": "hello"}

    def compile(self) -> Compiled:
        return compile_node(
            self._make(self.tree),
            self.node,
            library=self._library,
            memory=self._memory,
            settings=self.settings,
        )

    def put(self, path: str, text: str) -> str:
        self.tree[path] = text
        return text

    def replaced(self, path: str, old: str, new: str) -> str:
        text = str(self.tree[path])
        assert old in text
        return self.put(path, text.replace(old, new))


@pytest.fixture
def again(memory_files: MakeFiles) -> Again:
    return Again(memory_files)


SAME: Mapping[str, Callable[[Again], object]] = {
    "nothing": lambda it: None,
    "a comment at the top": lambda it: it.replaced("states/web.sls", "# of the web", "# of all"),
    "another fact": lambda it: setattr(
        it, "node", replace(it.node, facts={"os": "Debian", "role": "db"})
    ),
    "another setting": lambda it: setattr(it, "settings", {"greeting": "hello", "more": 1}),
    "the import says the same otherwise": lambda it: it.put(
        "states/map.jinja", "{% set port = 79 + 1 %}"
    ),
    "another top file with the same answer": lambda it: it.put(
        "states/top.sls", "base:\n  'web*':\n    - web\n"
    ),
}


@pytest.mark.parametrize("change", SAME.values(), ids=SAME.keys())
def test_what_reads_the_same_is_the_same(again: Again, change: Callable[[Again], object]) -> None:
    first = again.compile()
    change(again)
    second = again.compile()
    assert second.chunks is first.chunks
    assert second.reads >= {"states/web.sls", "states/part.sls", "states/map.jinja"}
    assert second.facts == frozenset(["os"])


OTHER: Mapping[str, Callable[[Again], object]] = {
    "a state": lambda it: it.replaced("states/web.sls", "test.nop", "test.succeed_with_changes"),
    "a line further down": lambda it: it.replaced(
        "states/web.sls", "# of the web", "# of the web\n# and more"
    ),
    "a comment between states": lambda it: it.replaced("states/web.sls", "a:\n", "# a\na:\n"),
    "a fact": lambda it: setattr(it, "node", replace(it.node, facts={"os": "Arch"})),
    "a setting": lambda it: setattr(it, "settings", {"greeting": "hej"}),
    "an import": lambda it: it.put("states/map.jinja", "{% set port = 81 %}"),
    "an include": lambda it: it.put("states/part.sls", "c:\n  test.nop: []\n"),
    "an include that comes from another file": lambda it: (
        it.tree.pop("states/part.sls"),
        it.put("states/part/init.sls", "b:\n  test.nop: []\n"),
    ),
    "one include more": lambda it: (
        it.replaced("states/web.sls", "  - part\n", "  - part\n  - more\n"),
        it.put("states/more.sls", "m:\n  test.nop: []\n"),
    ),
    "an assignment": lambda it: (
        it.put("states/top.sls", "base:\n  '*':\n    - web\n    - more\n"),
        it.put("states/more.sls", "m:\n  test.nop: []\n"),
    ),
    "a label": lambda it: setattr(it, "node", replace(it.node, labels={"role": "web"})),
    "the node": lambda it: setattr(it, "node", replace(it.node, id="web-02")),
}


@pytest.mark.parametrize("change", OTHER.values(), ids=OTHER.keys())
def test_what_reads_otherwise_is_compiled_anew(
    again: Again, change: Callable[[Again], object], memory_files: MakeFiles
) -> None:
    first = again.compile()
    change(again)
    second = again.compile()
    assert second.chunks is not first.chunks
    fresh = Again(memory_files)
    fresh.tree, fresh.node, fresh.settings = again.tree, again.node, again.settings
    assert second.chunks == fresh.compile().chunks


def test_a_wildcard_that_finds_more_is_compiled_anew(again: Again) -> None:
    again.replaced("states/web.sls", "- part", "- 'part*'")
    first = again.compile()
    again.put("states/part2.sls", "b2:\n  test.nop: []\n")
    assert [chunk.id for chunk in again.compile().chunks] != [chunk.id for chunk in first.chunks]


def test_a_python_file_is_run_and_read_each_time(again: Again) -> None:
    again.put("states/part.sls", '#!json\n{"b": {"test.nop": []}}\n')
    first = again.compile()
    again.put("states/part.sls", '#!json\n{"c": {"test.nop": []}}\n')
    assert {chunk.id for chunk in again.compile().chunks} == {"a", "c"}
    assert {chunk.id for chunk in first.chunks} == {"a", "b"}


def test_what_fails_is_told_as_ever_and_forgotten(again: Again) -> None:
    again.compile()
    good = again.tree["states/part.sls"]
    again.put("states/part.sls", "b:\n  {{ nothing.at.all }}\n")
    with pytest.raises(SourceError) as told:
        again.compile()
    assert told.value.at is not None
    assert told.value.at.file == "states/part.sls"
    again.tree["states/part.sls"] = good
    assert {chunk.id for chunk in again.compile().chunks} == {"a", "b"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("# one\nc: {test.nop: []}\n", "# one\rb: {test.nop: []}\nc: {test.nop: []}\n"),
        ("# one\nc: {test.nop: []}\n", "# one\u2028b: {test.nop: []}\nc: {test.nop: []}\n"),
        ("# one\nc: {test.nop: []}\n", "# one\x85b: {test.nop: []}\nc: {test.nop: []}\n"),
    ],
    ids=["carriage return", "line separator", "next line"],
)
def test_a_comment_ends_where_yaml_ends_it(again: Again, before: str, after: str) -> None:
    again.put("states/part.sls", before)
    again.compile()
    again.put("states/part.sls", after)
    assert "b" in {chunk.id for chunk in again.compile().chunks}
