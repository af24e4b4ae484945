"""Settings: what is included, how it is merged. The expectations are what Salt 3008.5 does."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from zester.compiler.compile import Compiled, compile_node
from zester.compiler.memory import CompileMemory
from zester.compiler.options import CompileOptions, SettingsMerge
from zester.errors import CompileError, RenderError
from zester.targeting.node import NodeView
from zester.targeting.value import Value

Settings = Callable[..., dict[str, Value]]


@pytest.fixture
def settings(compiled: Callable[..., Compiled]) -> Settings:
    """Return the settings of files by name; without ``top`` the node gets ``a``."""

    def run(
        files: dict[str, str], options: CompileOptions | None = None, env: str = "base"
    ) -> dict[str, Value]:
        tree = {f"settings/{name}.sls": text for name, text in files.items()}
        tree.setdefault("settings/top.sls", "base: {'*': [a]}\n")
        return compiled(tree, [], options=options or CompileOptions(), env=env).settings

    return run


TWO = {
    "top": "base:\n  '*': [a, b]\n",
    "a": "x: {p: 1, l: [1]}\nl: [1]\nk: a\n",
    "b": "x: {q: 2, l: [2]}\nl: [2]\nk: b\n",
}
RECURSED = {"x": {"p": 1, "l": [2], "q": 2}, "l": [2], "k": "b"}
JOINED = {"x": {"p": 1, "l": [1, 2], "q": 2}, "l": [1, 2], "k": "b"}
REPLACED = {"x": {"q": 2, "l": [2]}, "l": [2], "k": "b"}


@pytest.mark.parametrize(
    ("strategy", "lists", "merged"),
    [
        ("smart", False, RECURSED),
        ("recurse", False, RECURSED),
        ("none", False, RECURSED),
        ("overwrite", False, REPLACED),
        ("aggregate", False, REPLACED),
        ("smart", True, JOINED),
        ("recurse", True, JOINED),
        ("none", True, RECURSED),
        ("overwrite", True, REPLACED),
        (
            *("list", False),
            {"x": [{"p": 1, "l": [1]}, {"q": 2, "l": [2]}], "l": [1, 2], "k": ["a", "b"]},
        ),
    ],
)
def test_files_are_merged_by_the_strategy(
    settings: Settings, strategy: SettingsMerge, lists: bool, merged: Value
) -> None:
    options = CompileOptions(settings_merge=strategy, merge_lists=lists)
    assert settings(TWO, options) == merged
    included = {"a": "include: [first]\n" + TWO["b"], "first": TWO["a"]}
    assert settings(included, options) == merged


class Wishing:
    """Files of which one asks how it is merged."""

    def __init__(self, files: dict[str, str], path: str, *wishes: str) -> None:
        self._files, self._path, self._wishes = files, path, wishes

    def read(self, path: str) -> bytes | None:
        return self._files[path].encode() if path in self._files else None

    def paths(self) -> tuple[str, ...]:
        return tuple(sorted(self._files))

    def wishes(self, path: str) -> tuple[str, ...]:
        return self._wishes if path == self._path else ()


@pytest.mark.parametrize(
    ("wish", "merged"), [("overwrite", REPLACED), ("list", JOINED), ("prune", RECURSED)]
)
@pytest.mark.parametrize("included", [False, True])
def test_a_file_may_say_how_it_is_laid_over_those_before_it(
    node: NodeView, wish: str, merged: Value, included: bool
) -> None:
    texts = {**TWO, "c": "m: c\n"}
    if included:
        texts |= {"top": "base: {'*': [main]}\n", "main": "include: [a, b, c]\n"}
    else:
        texts["top"] = "base:\n  '*': [a, b, c]\n"
    files = {f"settings/{name}.sls": text for name, text in texts.items()}
    found = compile_node(Wishing(files, "settings/b.sls", wish), node, sls=[])
    assert found.settings == {**merged, "m": "c"}


def test_what_a_file_includes_is_merged_into_it_as_always(node: NodeView) -> None:
    files = {
        "settings/top.sls": "base:\n  '*': [before, a]\n",
        "settings/before.sls": "x: {o: 0}\nn: 1\n",
        "settings/a.sls": "include: [first]\n" + TWO["b"],
        "settings/first.sls": TWO["a"],
    }
    found = compile_node(Wishing(files, "settings/a.sls", "overwrite"), node, sls=[])
    assert found.settings == {**RECURSED, "n": 1}


def test_what_a_file_asks_for_is_looked_at_again_when_it_changes(node: NodeView) -> None:
    memory, files = CompileMemory(), {f"settings/{name}.sls": text for name, text in TWO.items()}

    def settings(*wishes: str) -> dict[str, Value]:
        tree = Wishing(files, "settings/b.sls", *wishes)
        return compile_node(tree, node, sls=[], memory=memory).settings

    assert [settings(), settings("list"), settings("overwrite"), settings()] == [
        *(RECURSED, JOINED, REPLACED, RECURSED)
    ]


def test_defaults_are_variables_of_the_included_template_and_of_those_after_it(
    settings: Settings,
) -> None:
    found = settings(
        {
            "a": "include:\n  - b\n  - c: {key: 'deep:er', defaults: {d: 1}}\n  - e\nx: a\n",
            "b": "x: b\ny: {{ d | default('none') }}\n",
            "c": "z: {{ d }}\n",
            "e": "w: {{ d | default('none') }}\n",
        }
    )
    assert found == {"x": "a", "y": "none", "deep": {"er": {"z": 1}}, "w": 1}


def test_names_may_be_relative_or_hold_wildcards(settings: Settings) -> None:
    found = settings(
        {
            "top": "base: {'*': ['f.a', g, 'h.*']}\n",
            "f/a": "include: [.b, ..c]\nx: a\n",
            "f/b": "fb: 1\n",
            "b": "also: the root's\n",
            "c": "rootc: 1\n",
            "g/init": "include: [.h]\n",
            "g/h": "gh: 1\n",
            "h/one": "h1: 1\ninclude: ['k.*']\n",
            "h/two": "h2: 1\n",
            "k/z": "kz: 1\n",
        }
    )
    wanted = {"fb": 1, "also": "the root's", "rootc": 1, "x": "a", "gh": 1, "kz": 1}
    assert found == {**wanted, "h1": 1, "h2": 1}


def test_order_decides_who_comes_last(settings: Settings) -> None:
    top = "base:\n  '*':\n    - order: 2\n    - a\n  'web*':\n    - order: '1'\n    - b\n"
    assert settings({"top": top, "a": "k: a\n", "b": "k: b\n"}) == {"k": "a"}


def test_a_missing_file_is_an_error_unless_it_may_be_missing(settings: Settings) -> None:
    top = "base:\n  '*':\n    - ignore_missing: True\n    - gone\n    - a\n"
    assert settings({"top": top, "a": "k: a\n"}) == {"k": "a"}
    with pytest.raises(CompileError, match="no settings file 'gone'"):
        settings({"top": "base: {'*': [gone]}\n"})
    with pytest.raises(CompileError, match=r"no settings file 'z\.\*'"):
        settings({"a": "include: ['z.*']\n"})


def test_files_that_say_nothing_change_nothing(settings: Settings) -> None:
    for text in ("", "# nothing\n", "[]\n", "null\n", "false\n"):
        assert settings({"top": "base: {'*': [a, b]}\n", "a": text, "b": "x: 1\n"}) == {"x": 1}
    with pytest.raises(CompileError, match="the file holds a list"):
        settings({"a": "- 1\n"})


def test_facts_and_earlier_settings_are_seen(settings: Settings) -> None:
    files = {
        "top": "base: {'*': [a, b]}\n",
        "a": "k: {{ facts.id }}\n",
        "b": "include: [c]\nall: {{ settings.keys() | list }}\n",
        "c": "c: {{ pillar.k }}\n",
    }
    assert settings(files) == {"k": "web1", "all": ["k"], "c": "web1"}


@pytest.mark.parametrize(
    "include",
    ["x", "[5]", "[{b: 5}]", "[{b: {keys: x}}]", "[{b: {defaults: 5}}]", "['...']", "['..b']"],
)
def test_malformed_includes_have_a_place(settings: Settings, include: str) -> None:
    with pytest.raises(CompileError) as caught:
        settings({"a": f"k: 1\ninclude: {include}\n", "b": ""})
    assert str(caught.value.at) == "settings/a.sls:2"


def test_settings_are_no_place_to_name_another_environments_file(settings: Settings) -> None:
    with pytest.raises(CompileError, match="settings of environment 'dev' cannot be named"):
        settings({"top": "base: {'*': [{dev: a}]}\n"})


def test_an_error_tells_the_way_and_both_lines(settings: Settings) -> None:
    with pytest.raises(RenderError) as caught:
        settings({"a": "k: 1\ninclude:\n  - b\n", "b": "\nx: {{ nope }}\n"})
    assert str(caught.value).startswith(
        "settings/top.sls:1 → settings/a.sls:3 → settings/b.sls:2: 'nope' is undefined"
    )
    assert caught.value.excerpt == "x: {{ nope }}\n      ^"
