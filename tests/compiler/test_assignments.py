"""Top files: which state files a node gets. The expectations are what Salt 3008.5 does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from zester.compiler.assigned.top import has_top
from zester.compiler.checks.sealing import plan_sealing
from zester.compiler.checks.tree import check_tree
from zester.compiler.compile import Compiled, compile_node
from zester.compiler.options import CompileOptions, TopMerge
from zester.compiler.roots import Roots
from zester.errors import CompileError, TargetError
from zester.resources.files import Files
from zester.targeting.node import NodeView

MakeFiles = Callable[[Mapping[str, str]], Files]


@pytest.fixture
def assigned(memory_files: MakeFiles, node: NodeView) -> Callable[..., list[str]]:
    """Return ``env/sls`` of the chunks that top files lead to; dev has files of its own."""

    def run(
        base_top: str | None = None, dev_top: str | None = None, **options: object
    ) -> list[str]:
        base = {f"{name}.sls": f"base-{name}: test.nop\n" for name in "abcd"}
        dev = {f"{name}.sls": f"dev-{name}: test.nop\n" for name in "abx"}
        if base_top is not None:
            base["top.sls"] = base_top
        if dev_top is not None:
            dev["top.sls"] = dev_top
        trees = {"base": memory_files(base)}
        if options.pop("dev", True):
            trees["dev"] = memory_files(dev)
        named = replace(node, groups=options.pop("groups", {}))  # type: ignore[arg-type]  # of the tests
        compiled = compile_node(
            trees,
            named,
            roots=Roots(),
            **{"env": None, **options},  # type: ignore[arg-type]  # the same
        )
        return [f"{chunk.env}/{chunk.sls}" for chunk in compiled.chunks]

    return run


BOTH = "base:\n  '*': [a]\ndev:\n  '*': [a]\n"


@pytest.mark.parametrize(
    ("base", "dev", "merge", "found"),
    [
        ("base:\n  '*': a\n", None, "merge", ["base/a"]),
        ("dev:\n  '*': [x, a]\nbase:\n  '*': [b]\n", None, "merge", ["dev/x", "dev/a", "base/b"]),
        (
            "base:\n  '*': [b, a]\n  'w*': [a, b, c]\n",
            None,
            "merge",
            ["base/b", "base/a", "base/c"],
        ),
        (
            "base:\n  '*': [a, {dev: x}, b, {nope: x}]\n",
            *(None, "merge", ["base/a", "base/b", "dev/x"]),
        ),
        (BOTH, "dev:\n  '*': [x]\n", "merge", ["base/a", "dev/a"]),
        (
            "base:\n  '*': [a]\n",
            *("base:\n  '*': [b]\ndev:\n  '*': [x]\n", "merge", ["base/a", "dev/x"]),
        ),
        (None, "dev:\n  '*': [x]\n", "merge", ["dev/x"]),
        (
            BOTH,
            "base:\n  '*': [b]\ndev:\n  '*': [x]\n",
            *("merge_all", ["base/a", "base/b", "dev/a", "dev/x"]),
        ),
        (
            "base:\n  'web1':\n    - match: list\n    - a\n",
            *("base:\n  'web1': [b, a]\n", "merge_all", ["base/a", "base/b"]),
        ),
        (BOTH, "base:\n  '*': [b]\ndev:\n  '*': [x]\n", "same", ["base/a", "dev/x"]),
        (BOTH, None, "same", ["base/a", "dev/a"]),
        ("", None, "merge", []),
        ("base:\n", None, "merge", []),
        ("base:\n  'nobody': [a]\n", None, "merge", []),
    ],
)
def test_top_files_of_two_environments_are_merged_as_salt_does(
    assigned: Callable[..., list[str]], base: str, dev: str, merge: TopMerge, found: list[str]
) -> None:
    assert assigned(base, dev, options=CompileOptions(top_merge=merge)) == found


def test_one_environment_alone_has_only_its_own_top_file(
    assigned: Callable[..., list[str]],
) -> None:
    dev = "dev:\n  '*': [x]\nbase:\n  '*': [a]\n"
    assert assigned(BOTH, dev, env="dev") == ["dev/x"]
    assert assigned(BOTH, dev, env="base") == ["base/a"]
    assert assigned(BOTH, dev, env="base", dev=False) == ["base/a"]


def test_a_later_target_of_the_same_text_replaces_but_keeps_the_place(
    assigned: Callable[..., list[str]],
) -> None:
    top = "include: [d]\nbase:\n  '*': [a]\n  'web1': [b]\n"
    with pytest.raises(CompileError, match="there is no top file 'nowhere'"):
        assigned(top.replace("[d]", "[nowhere]"))
    with pytest.raises(CompileError, match="environment 'base-d' must hold a mapping"):
        assigned(top)


def test_a_top_file_includes_others(memory_files: MakeFiles, node: NodeView) -> None:
    tree = {
        "top.sls": "include: ['more*']\nbase:\n  '*': [a]\n",
        "more1.sls": "base:\n  'web1': [b]\n  '*': [c]\n",
        **{f"{name}.sls": f"{name}: test.nop\n" for name in "abc"},
    }
    assert compile_node(memory_files(tree), node).sls == ("c", "b")


@pytest.mark.parametrize(
    ("expression", "kind", "matches"),
    [
        ("web*", None, True),
        ("db*", None, False),
        ("web* not db*", None, True),
        ("* and not web*", None, False),
        ("G@os:Debian and web1", None, True),
        ("G|@os|Debian", None, True),
        ("N@fronts", None, True),
        ("web[0-9]", "glob", True),
        (r"web\d", "pcre", True),
        ("web", "pcre", True),
        ("eb", "pcre", False),
        ("os:Deb*", "grain", True),
        ("os:deb.an", "grain_pcre", True),
        ("app:shop", "pillar", True),
        ("app:sh*", "pillar", True),
        ("app:sh*", "pillar_exact", False),
        ("app:shop", "pillar_exact", True),
        ("app:^s", "pillar_pcre", True),
        ("db1,web1", "list", True),
        ("db1,web2", "list", False),
        ("fronts", "nodegroup", True),
        ("nobody", "nodegroup", False),
        ("10.0.0.0/8", "ipcidr", True),
        ("10.1.2.3", "ipcidr", True),
        ("192.168.0.0/16", "ipcidr", False),
        ("role=web", "label", True),
        ("os:Debian", "fact", True),
        ("web1 or nobody", "compound", True),
    ],
)
def test_every_way_to_match(
    memory_files: MakeFiles, node: NodeView, expression: str, kind: str | None, matches: bool
) -> None:
    option = f"    - match: {kind}\n" if kind else ""
    tree = {"top.sls": f"base:\n  '{expression}':\n{option}    - a\n", "a.sls": "a: test.nop\n"}
    facts = {**node.facts, "ipv4": ["127.0.0.1", "10.1.2.3"]}
    here = replace(node, facts=facts, groups={"fronts": "L@web1,web2 and not db*"})
    compiled = compile_node(memory_files(tree), here, settings={"app": "shop"})
    assert compiled.sls == (("a",) if matches else ())


def test_order_has_no_meaning_in_the_states_top_file(assigned: Callable[..., list[str]]) -> None:
    top = "base:\n  '*':\n    - order: 2\n    - b\n  'web1':\n    - order: 1\n    - a\n"
    assert assigned(top) == ["base/b", "base/a"]


@pytest.mark.parametrize(
    ("top", "error", "line"),
    [
        ("base:\n  '*': [a, gone]\n", "no state file 'gone'", 2),
        ("base:\n  '*': [a, 'z*']\n", "no state file 'z*'", 2),
        ("base:\n  '*': [a]\nprod:\n  '*': [b]\n", "no environment 'prod'", 4),
        ("base:\n  '*': [{ordre: 1}, a]\n", "is neither a state file", 2),
        ("'*': [a]\n", "environment '*' must hold a mapping", 1),
        ("1: {'*': [a]}\n", "1 is no name of an environment", 1),
        ("- a\n", "holds a list", 1),
        ("include: a\nbase: {}\n", "include must be a list", 1),
    ],
)
def test_mistakes_have_a_place(
    assigned: Callable[..., list[str]], top: str, error: str, line: int
) -> None:
    with pytest.raises((CompileError, TargetError)) as caught:
        assigned(top)
    assert error in caught.value.message
    assert caught.value.at is not None
    assert (caught.value.at.file, caught.value.at.line) == ("top.sls", line)


def test_a_section_of_a_foreign_environment_is_no_concern_of_a_peel(
    compiled: Callable[..., Compiled],
) -> None:
    top = "base:\n  '*': [a]\nprod:\n  '*': [gone]\n"
    assert compiled({"states/top.sls": top, "states/a.sls": "a: test.nop\n"}).sls == ("a",)


def test_an_environment_that_is_not_there_is_named(memory_files: MakeFiles, node: NodeView) -> None:
    with pytest.raises(CompileError, match="no environment 'prod'") as caught:
        compile_node({"base": memory_files({})}, node, env="prod")
    assert caught.value.hint == "known here: base"


@pytest.mark.parametrize(
    ("expression", "matches"),
    [
        ("G@*:v", True),
        ("G@*:w", False),
        ("G@*:m", True),
        ("G@n:*:k", True),
        ("G@n:*:w", False),
        ("G@*:n:m", True),
        ("G@l:z", True),
        ("G@l:z:1", True),
        ("G@B:true", True),
        ("G@n:m", True),
        ("G@n:*", True),
        ("G@n:nope", False),
        ("P@n:^m$", True),
        ("G@*:*:*:*:*:w", True),
    ],
)
def test_facts_are_matched_below_any_key(
    memory_files: MakeFiles,
    node: NodeView,
    expression: str,
    matches: bool,
) -> None:
    facts = {"n": {"m": {"k": "w"}}, "t": "v", "l": [{"z": 1}], "B": True}
    tree = {"top.sls": f"base:\n  '{expression}': [a]\n", "a.sls": "a: test.nop\n"}
    found = compile_node(memory_files(tree), replace(node, facts=facts))
    assert found.sls == (("a",) if matches else ())


SHARED: dict[str, str] = {
    **{f"{name}.zy": f"{name}: test.nop\n" for name in "abc"},
    "top.zy": "base:\n  '*': [a]\n",
    "top.d/20-two.zy": "base:\n  '*': [c]\n  'nobody*': [a]\n",
    "top.d/10-one.zy": "base:\n  '*': [b, a]\n",
    "top.d/README.md": "no top file",
    "top.d/deeper/x.zy": "base: {'*': [gone]}\n",
}


def test_files_in_top_d_give_on_top_in_the_order_of_their_names(
    memory_files: MakeFiles, node: NodeView
) -> None:
    compiled = compile_node({"base": memory_files(SHARED)}, node, roots=Roots(), env="base")
    assert [chunk.sls for chunk in compiled.chunks] == ["a", "b", "c"]


def test_files_in_top_d_are_enough(memory_files: MakeFiles, node: NodeView) -> None:
    files = memory_files({path: text for path, text in SHARED.items() if path != "top.zy"})
    compiled = compile_node({"base": files}, node, roots=Roots(), env="base")
    assert [chunk.sls for chunk in compiled.chunks] == ["b", "a", "c"]
    assert has_top(files)
    assert not has_top(memory_files({"top.d/deeper/x.zy": "{}"}))


def test_files_in_top_d_are_checked_as_top_files_are(memory_files: MakeFiles) -> None:
    tree = memory_files({"states/top.d/x.zy": "base:\n  '*': [gone]\n", "states/a.zy": "{}\n"})
    assert [str(problem) for problem in check_tree(tree)] == [
        "states/top.d/x.zy:2: there is no state file 'gone'"
    ]


def test_files_in_top_d_of_the_settings_are_not_sealed(memory_files: MakeFiles) -> None:
    tree = memory_files(
        {"settings/top.d/x.zy": "base:\n  '*': [db]\n", "settings/db.zy": "password: x\n"}
    )
    assert plan_sealing(tree).refs == {"settings/db.zy": ()}
