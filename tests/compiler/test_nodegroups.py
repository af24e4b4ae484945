"""Node groups of a tree."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from zester.compiler.assigned.nodegroups import read_groups
from zester.compiler.checks.tree import check_tree
from zester.compiler.compile import Compiled
from zester.compiler.template_renderer import TemplateRenderer
from zester.errors import SourceError
from zester.resources.files import Files
from zester.targeting.node import NodeView


def test_groups_are_written_as_in_salt() -> None:
    text = (
        "expr: L@web1,web2 or x*\nwords: [G@os:Debian, and, web*]\nids: [web1, web2]\n"
        "short: web1,web2\nregex: web(1|2)\nnested: N@expr and not db*\nlabelled: label:role=web\n"
    )
    assert read_groups(text, "f") == {
        "expr": "L@web1,web2 or x*",
        "words": "G@os:Debian and web*",
        "ids": "L@web1,web2",
        "short": "L@web1,web2",
        "regex": "E@web(1|2)",
        "nested": "N@expr and not db*",
        "labelled": "label:role=web",
    }
    assert read_groups("", "f") == {}


@pytest.mark.parametrize(
    ("text", "place"),
    [("- a\n", "f:1"), ("a: x\nb: 5\n", "f:2"), ("a: []\n", "f:1"), ("a: [\n", "f:2")],
)
def test_malformed_groups_have_a_place(text: str, place: str) -> None:
    with pytest.raises(SourceError) as caught:
        read_groups(text, "f")
    assert str(caught.value.at) == place


def test_the_trees_groups_are_known_to_its_top_files(compiled: Callable[..., Compiled]) -> None:
    tree = {
        "nodegroups.yaml": "fronts: N@webs\nwebs: [web1, web2]\n",
        "states/top.sls": "base:\n  fronts:\n    - match: nodegroup\n    - a\n  N@dbs: [b]\n",
        "states/a.sls": "a: test.nop\n",
    }
    result = compiled(tree)
    assert result.sls == ("a",)
    assert "nodegroups.yaml" in result.reads


def test_groups_that_contain_themselves_are_an_error(compiled: Callable[..., Compiled]) -> None:
    tree = {
        "nodegroups.yaml": "a: N@b and x\nb: N@a\n",
        "states/top.sls": "base:\n  N@a: [b]\n",
    }
    with pytest.raises(SourceError, match="contains itself"):
        compiled(tree)


def test_malformed_groups_are_found_before_any_node_has_them(
    memory_files: Callable[..., Files],
) -> None:
    text = "good: [web1]\nbad: G@os:x and\nworse: ( web* or db*\n"
    found = check_tree(memory_files({"nodegroups.yaml": text}))
    assert [str(problem) for problem in found] == [
        "nodegroups.yaml (bad): the target ends too early",
        "nodegroups.yaml (worse): this bracket is never closed",
    ]
    (problem,) = check_tree(memory_files({"nodegroups.yaml": "a: ["}))
    assert str(problem.at) == "nodegroups.yaml:1"


def test_templates_of_files_know_the_groups(
    memory_files: Callable[..., Files], node: NodeView
) -> None:
    files = memory_files({"nodegroups.yaml": "all: ['web*']\n", "states/a": ""})
    renderer = TemplateRenderer(files, node, settings={})
    text = "{{ salt['match.compound']('N@all') }} {{ salt['match.compound']('N@none') }}"
    assert renderer.render(text, name="salt://a") == "True False"
