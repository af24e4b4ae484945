"""State files that are only to be looked at, and what they made that may be taken away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from zester.compiler.checks.tree import check_tree
from zester.compiler.compile import Compiled, compile_node
from zester.compiler.memory import CompileMemory
from zester.errors import CompileError
from zester.targeting.node import NodeView

Wishes = Mapping[str, tuple[str, ...]]


class Wishing:
    """Files of which some ask for something."""

    def __init__(self, files: Mapping[str, str], wishes: Wishes, **more: str) -> None:
        self._files = {**{f"states/{name}.zy": text for name, text in files.items()}, **more}
        self._wishes = {f"states/{name}.zy": each for name, each in wishes.items()}

    def read(self, path: str) -> bytes | None:
        return self._files[path].encode() if path in self._files else None

    def paths(self) -> tuple[str, ...]:
        return tuple(sorted(self._files))

    def wishes(self, path: str) -> tuple[str, ...]:
        return self._wishes.get(path, ())


FILES = {
    "top": "base: {'*': [a, b]}\n",
    "a": "include: [c]\na: {test.nop: []}\n",
    "b": "include: [c, d]\nb: {test.nop: []}\n",
    "c": "c: {test.nop: []}\n",
    "d": "d: {test.nop: []}\n",
}
LOOK = "base: {'*': [{mode: observe}, b]}\n"


def compiled(
    node: NodeView,
    wishes: Wishes,
    files: Mapping[str, str] | None = None,
    **more: Any,  # noqa: ANN401 - arguments of compile_node
) -> Compiled:
    return compile_node(Wishing({**FILES, **(files or {})}, wishes), node, **more)


def observed(found: Compiled) -> str:
    return "".join(each.id for each in found.chunks if each.options.get("observe"))


def test_the_states_of_a_file_that_asks_for_it_are_looked_at(node: NodeView) -> None:
    found = compiled(node, {"b": ("observe",), "d": ("prune",)})
    assert observed(found) == "b"
    assert [each.id for each in found.chunks if each.prunes] == ["d"]
    assert [each.as_salt().get("observe") for each in found.chunks if each.id in "bd"] == [
        *(None, True)
    ]


def test_no_state_of_such_a_file_says_otherwise(node: NodeView) -> None:
    states = "b: {test.nop: [{observe: false}]}\nmany: {test.nop: [{names: [x, y]}]}\n"
    found = compiled(node, {"b": ("observe",)}, {"b": states})
    assert [each.options.get("observe") for each in found.chunks if each.sls == "b"] == [True] * 3


def test_what_such_a_file_extends_is_looked_at_as_well(node: NodeView) -> None:
    extending = "extend: {a: {test: [{x: 1}]}, c: {cmd.run: [{name: w}]}}\nb: {test.nop: []}\n"
    found = compiled(node, {"b": ("observe",)}, {"b": extending})
    looked = {(each.id, each.state) for each in found.chunks if each.options.get("observe")}
    assert looked == {("a", "test"), ("b", "test"), ("c", "cmd")}


@pytest.mark.parametrize(
    ("tops", "names"),
    [
        ({"top": LOOK}, "cdb"),
        ({"top": "base: {'*': [a], 'web*': [{mode: observe}, b]}\n"}, "db"),
        ({"top": "base: {'*': [{mode: observe}, a, b], 'web*': [b]}\n"}, "a"),
        ({"top": "base: {'*': [{mode: observe}, '?'], 'web*': [d, {mode: enforce}]}\n"}, "cab"),
        ({"top": LOOK, "top.d/1": "base: {'*': [b]}\n"}, ""),
        ({"top": "base: {'*': [b]}\n", "top.d/1": LOOK}, ""),
        ({"top": LOOK, "top.d/1": LOOK, "top.d/2": "base: {'*': [c]}\n"}, "db"),
    ],
)
def test_what_only_observing_assignments_lead_to_is_looked_at(
    node: NodeView, tops: dict[str, str], names: str
) -> None:
    found = compiled(node, dict.fromkeys("abcd", ("prune",)), tops)
    assert observed(found) == names
    assert {each.id for each in found.chunks if not each.prunes} == set(names)


def test_who_names_a_file_gets_it_enforced_unless_the_file_itself_says_no(node: NodeView) -> None:
    assert observed(compiled(node, {}, {"top": LOOK}, sls=["b"])) == ""
    assert observed(compiled(node, {"d": ("observe",)}, {"top": LOOK}, sls=["b"])) == "d"


def test_a_mode_that_is_none_is_an_error_and_not_an_environment(node: NodeView) -> None:
    with pytest.raises(CompileError, match="mode must be enforce or observe, not 'obsreve'"):
        compiled(node, {}, {"top": "base: {'*': [{mode: obsreve}, b]}\n"})


def test_settings_are_given_or_not(node: NodeView) -> None:
    files = {"a": "x: 1\n", "top": "base: {'*': [{mode: observe}, a]}\n"}
    tree = Wishing({}, {}, **{f"settings/{name}.zy": text for name, text in files.items()})
    with pytest.raises(CompileError, match="cannot be observed: settings are given or not"):
        compile_node(tree, node, sls=[])
    assert "settings/top.zy:1: settings file 'a' cannot be observed" in str(check_tree(tree)[0])


@pytest.mark.parametrize("kept", [0, 8])
def test_another_wish_makes_other_states_of_the_same_files(node: NodeView, kept: int) -> None:
    memory = CompileMemory(low_states=kept)
    found = [
        observed(compiled(node, wishes, {"top": top}, memory=memory))
        for wishes, top in (
            ({}, FILES["top"]),
            ({"b": ("observe",)}, FILES["top"]),
            ({"b": ("prune",)}, FILES["top"]),
            ({}, LOOK),
            ({}, LOOK.replace("observe", "enforce")),
        )
    ]
    assert found == ["", "b", "", "cdb", ""]
    again = compiled(node, {}, memory=memory)
    assert compiled(node, {}, memory=memory).chunks is again.chunks
