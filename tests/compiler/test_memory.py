"""Unchanged inputs are not rendered again; changed ones always are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from zester.compiler.compile import Compiled, compile_node
from zester.compiler.environments import Environments
from zester.compiler.memory import CompileMemory
from zester.compiler.state_file import UnparsedFile
from zester.errors import At, NotGranted
from zester.resources.files import Files
from zester.targeting.node import NodeView
from zester.targeting.value import Value
from zester.templating.cache.library import Library
from zester.templating.providers import Providers

MakeFiles = Callable[[dict[str, str | bytes]], Files]

TREE: dict[str, str | bytes] = {
    "states/top.sls": "base:\n  'web*':\n    - web\n",
    "states/web.sls": """\
{% from 'map.jinja' import port with context %}
{% include 'extra.jinja' ignore missing %}
/etc/web:
  file.managed:
    - contents: {{ grains['os'] }} {{ port }} {{ pillar.name }} {{ salt['pillar.get']('a:b', 1) }}
""",
    "states/map.jinja": "{% set port = 80 %}",
    "states/other.sls": "other: {test.nop: []}",
    "settings/top.sls": "base:\n  '*':\n    - common\n",
    "settings/common.sls": "name: {{ grains['role'] }}\nunused: {{ grains['virtual'] }}\n",
}
FACTS: dict[str, Value] = {"os": "Debian", "role": "web", "virtual": "kvm", "uptime": 1}


class Repeated:
    """The same node compiled again and again, with one memory."""

    def __init__(self, make: MakeFiles, tree: dict[str, str | bytes]) -> None:
        self._make = make
        self._library = Library()
        self._memory = CompileMemory()
        self.tree = dict(tree)
        self.node = NodeView(id="web-01", facts=dict(FACTS))
        self.providers = Providers()
        self.options: dict[str, Value] = {}

    def compile(self) -> Compiled:
        return compile_node(
            self._make(self.tree),
            self.node,
            library=self._library,
            memory=self._memory,
            providers=self.providers,
            **self.options,
        )

    def facts(self, **changes: Value) -> None:
        self.node = replace(self.node, facts={**FACTS, **changes})


@pytest.fixture
def node(memory_files: MakeFiles) -> Repeated:
    return Repeated(memory_files, TREE)


def contents(compiled: Compiled) -> str:
    return str(compiled.chunks[0].args["contents"])


def test_nothing_changed_nothing_is_made_again(node: Repeated) -> None:
    first = node.compile()
    assert contents(first) == "Debian 80 web 1"
    assert node.compile().chunks is first.chunks


CHANGES: Mapping[str, Callable[[Repeated], object]] = {
    "the state file": lambda it: it.tree.update(
        {"states/web.sls": str(TREE["states/web.sls"]) + "\n# a comment"}
    ),
    "an imported file": lambda it: it.tree.update({"states/map.jinja": "{% set port = 81 %}"}),
    "a file that was missing": lambda it: it.tree.update(
        {"states/extra.jinja": "x: {test.nop: []}"}
    ),
    "a file of higher rank": lambda it: it.tree.update({"states/web.zy": "x: {test.nop: []}"}),
    "the top file": lambda it: it.tree.update({"states/top.sls": "base:\n  '*':\n    - other\n"}),
    "a settings file": lambda it: it.tree.update({"settings/common.sls": "name: db"}),
    "a fact a state looks at": lambda it: it.facts(os="Arch"),
    "a fact a settings file looks at": lambda it: it.facts(role="db"),
    "the id": lambda it: setattr(it, "node", replace(it.node, id="web-02")),
    "a label": lambda it: setattr(it, "node", replace(it.node, labels={"a": "b"})),
}


@pytest.mark.parametrize("change", sorted(CHANGES))
def test_a_change_of_what_was_looked_at_is_seen(node: Repeated, change: str) -> None:
    first = node.compile()
    CHANGES[change](node)
    again = node.compile()
    assert again.chunks is not first.chunks
    fresh = Repeated(node._make, node.tree)
    fresh.node = node.node
    assert again == fresh.compile()


def test_what_nobody_looked_at_may_change(node: Repeated) -> None:
    first = node.compile()
    assert first.facts == frozenset({"os", "role", "virtual"})
    node.facts(uptime=2, new="x")
    node.tree["states/other.sls"] = "different: {test.nop: []}"
    assert node.compile().chunks is first.chunks


def test_settings_that_no_state_asked_for_do_not_make_states_again(node: Repeated) -> None:
    first = node.compile()
    node.facts(virtual="xen")
    again = node.compile()
    assert again.settings["unused"] == "xen"
    assert again.chunks is first.chunks


def test_given_settings_count_key_by_key(node: Repeated) -> None:
    node.options["settings"] = {"name": "web", "a": {"b": 2}, "rest": 1}
    first = node.compile()
    assert contents(first) == "Debian 80 web 2"
    node.options["settings"] = {"name": "web", "a": {"b": 2}, "rest": 2}
    assert node.compile().chunks is first.chunks
    node.options["settings"] = {"name": "web", "a": {"b": 3}, "rest": 2}
    assert contents(node.compile()) == "Debian 80 web 3"


def test_whoever_lists_all_facts_sees_every_change(node: Repeated) -> None:
    node.tree["states/web.sls"] = (
        "x{{ grains | length }}: {test.nop: [{name: '{{ grains | json }}'}]}"
    )
    first = node.compile()
    assert first.facts is None
    assert node.compile().chunks is first.chunks
    node.facts(uptime=2)
    assert node.compile().chunks is not first.chunks


def test_what_templates_do_to_facts_and_settings_is_not_remembered(node: Repeated) -> None:
    node.tree["states/web.sls"] = """\
{% do pillar.update({'more': 1}) %}{% do grains['list'].append(1) %}
x{{ grains['list'] | length }}: {test.nop: [{name: '{{ pillar.more }}'}]}
"""
    node.facts(list=[])
    first = node.compile()
    assert first.chunks[0].id == "x1"
    assert node.compile().chunks is first.chunks
    assert node.node.facts["list"] == []
    assert "more" not in first.settings


def test_functions_are_asked_again_and_a_different_answer_counts(node: Repeated) -> None:
    answers = {"a": 1}
    asked: list[str] = []

    def look(name: str) -> int:
        asked.append(name)
        return answers[name]

    node.providers = Providers(execution={"x.look": look})
    node.tree["states/web.sls"] = "x{{ salt['x.look']('a') }}: {test.nop: []}"
    first = node.compile()
    assert node.compile().chunks is first.chunks
    assert asked == ["a", "a"]
    answers["a"] = 2
    assert [chunk.id for chunk in node.compile().chunks] == ["x2"]


def test_the_basket_is_asked_again(node: Repeated) -> None:
    found = [{"id": "db-01", "value": 1}]
    node.providers = Providers(basket=lambda target, name: found)
    node.tree["states/web.sls"] = "x{{ basket('db*', 'ip')[0].value }}: {test.nop: []}"
    first = node.compile()
    assert node.compile().chunks is first.chunks
    found[0]["value"] = 2
    assert [chunk.id for chunk in node.compile().chunks] == ["x2"]


@pytest.mark.parametrize(
    "text",
    [
        "{{ 'now' | strftime }}",
        "{{ None | strftime('%Y') }}",
        "{{ 9 | random_str }}",
        "{{ [1, 2] | random }}",
        "{{ [1, 2] | random_shuffle }}",
        "{{ salt['random.get_str'](8, punctuation=False) }}",
        "{{ salt['status.time']() }}",
    ],
)
def test_chance_and_the_clock_are_asked_every_time(
    node: Repeated, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered: list[str] = []
    ask = Environments.rendered

    def note(self: Environments, env: str, sls: str, name: str) -> UnparsedFile:
        rendered.append(name)
        return ask(self, env, sls, name)

    monkeypatch.setattr(Environments, "rendered", note)
    node.tree["states/web.sls"] = f"x{text}: {{test.nop: []}}"
    for times in (1, 2, 3):
        node.compile()
        assert rendered.count("web.sls") >= times


def test_a_failure_is_not_remembered(node: Repeated) -> None:
    calls: list[int] = []

    def fail() -> int:
        calls.append(1)
        if len(calls) == 1:
            raise ValueError("no")
        return 7

    node.providers = Providers(execution={"x.fail": fail})
    node.tree["states/web.sls"] = "x{{ salt['x.fail']() }}: {test.nop: []}"
    with pytest.raises(Exception, match="no"):
        node.compile()
    assert node.compile().chunks[0].id == "x7"


def test_the_reads_of_a_remembered_result_are_complete(node: Repeated) -> None:
    first = node.compile()
    again = node.compile()
    assert first.reads == again.reads
    assert first == again
    assert {"states/map.jinja", "states/extra.jinja", "settings/common.sls"} <= again.reads


def test_two_requests_are_remembered_side_by_side(node: Repeated) -> None:
    whole = node.compile()
    node.options["sls"] = ["other"]
    other = node.compile()
    node.options.clear()
    assert node.compile().chunks is whole.chunks
    node.options["sls"] = ["other"]
    assert node.compile().chunks is other.chunks


class _Locked:
    """Files of which one cannot be opened any more."""

    def __init__(self, files: Files, locked: str) -> None:
        self._files = files
        self._locked = locked

    def read(self, path: str) -> bytes | None:
        if path == self._locked:
            raise NotGranted("is sealed", at=At(path))
        return self._files.read(path)

    def paths(self) -> tuple[str, ...]:
        return self._files.paths()


def test_a_file_whose_key_was_taken_away_counts_as_changed(memory_files: MakeFiles) -> None:
    locked = ""
    node = Repeated(lambda tree: _Locked(memory_files(tree), locked), TREE)
    node.compile()
    locked = "settings/common.sls"
    with pytest.raises(NotGranted):
        node.compile()
    node.tree["settings/top.sls"] = "base:\n  '*':\n    - less\n"
    node.tree["settings/less.sls"] = "name: other\n"
    assert node.compile().settings == {"name": "other"}
