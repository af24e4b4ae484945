"""Which files are sealed, what each needs, and who is given what by what can be trusted."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from zester.compiler.assigned.needs import SettingsNeeds
from zester.compiler.checks.include_names import include_names
from zester.compiler.checks.sealing import plan_sealing
from zester.compiler.checks.trusted_targets import untrusted_targets
from zester.errors import SourceError
from zester.resources.files import Files
from zester.resources.manifest import FileEntry, SealedEntry
from zester.targeting.node import NodeView

MakeFiles = Callable[[Mapping[str, str]], Files]

ELIF = """
{% if grains.os == 'Debian' %}
include: [deb]
{% elif grains.os == 'Fedora' %}
include:
  - rpm
{% elif grains.os == 'Arch' %}
include:
  - common.arch: {key: arch}
{% else %}
include:
  - .other
{% endif %}
"""


def test_all_but_the_top_file_is_sealed_with_what_it_names(memory_files: MakeFiles) -> None:
    files = memory_files(
        {
            "states/web.sls": "include: [db]\n",
            "settings/top.zy": "{% from 'roles.jinja' import roles %}\nbase: {'*': [a]}\n",
            "settings/roles.jinja": "{% set roles = [] %}",
            "settings/a.zy": ELIF + "{% import_yaml 'data/x.yaml' as x %}\n",
            "settings/data/x.yaml": "{% include './y.yaml' %}",
            "settings/data/y.yaml": "y: 1\n",
            "settings/deb.zy": "include: [env.*]\n",
            "settings/env/one.zy": "a: 1\n",
            "settings/env/two.zy": "#!json\n{}\n",
            "settings/rpm.zy": "include: [elsewhere]\n",
            "settings/common/arch.zy": "a: 1\n",
            "settings/other.zy": "a: 1\n",
            "settings/binary.zy": "\x00\x01",
        }
    )
    plan = plan_sealing(files)
    assert "settings/top.zy" not in plan.refs
    assert not any(path.startswith("states/") for path in plan.refs)
    assert plan.top == ("settings/roles.jinja",)
    assert set(plan.refs["settings/a.zy"]) == {
        "settings/deb.zy",
        "settings/rpm.zy",
        "settings/common/arch.zy",
        "settings/other.zy",
        "settings/data/x.yaml",
    }
    assert plan.refs["settings/data/x.yaml"] == ("settings/data/y.yaml",)
    assert plan.refs["settings/deb.zy"] == ("settings/env/one.zy", "settings/env/two.zy")
    # another source may have it
    assert plan.refs["settings/rpm.zy"] == (
        "settings/elsewhere.zy",
        "settings/elsewhere.sls",
        "settings/elsewhere/init.zy",
        "settings/elsewhere/init.sls",
    )
    assert plan.warnings == ()


@pytest.mark.parametrize(
    "text",
    [
        "include:\n  - env.{{ grains.env }}\n",
        "include:\n{% for x in grains.roles %}\n- {{ x }}\n{% endfor %}",
        "include: ['{{ grains.id }}']\n",
        "{% import grains.name as x %}\n",
        "#!py\ndef run():\n    return {'include': ['x']}\n",
    ],
)
def test_what_cannot_be_seen_is_warned_about(memory_files: MakeFiles, text: str) -> None:
    plan = plan_sealing(memory_files({"settings/top.zy": "", "settings/a.zy": text}))
    assert [warning.at.file for warning in plan.warnings if warning.at] == ["settings/a.zy"]


def test_a_tree_without_settings_seals_nothing(memory_files: MakeFiles) -> None:
    assert plan_sealing(memory_files({"top.sls": "", "a.sls": ""})).refs == {}


def test_includes_are_read_line_by_line() -> None:
    text = "x: 1\ninclude: # why\n  - a # note\n\n  # b\n  - 'c':\n      key: d\nother:\n  - e\n"
    assert [name for _, name in include_names(text)] == ["a", "c"]
    assert [name for _, name in include_names("include: [a,\n  b]\nx: [c]\n")] == [
        "a",
        "b",
    ]


@pytest.mark.parametrize(
    ("top", "lines"),
    [
        ("base:\n  'db*': [a]\n  'label:role=db': [a]\n  'L@a,b': [a]\n  'E@db.*': [a]\n", []),
        ("base:\n  'G@os:Debian': [a]\n", [2]),
        ("base:\n  'db* and not P@os:D.*': [a]\n", [2]),
        ("base:\n  'S@10.0.0.0/8': [a]\n  'os:Debian': [a]\n", [2, 3]),
        ("base:\n  'Debian':\n    - match: grain\n", []),  # does not parse as one
        ("base:\n  'os:Debian':\n    - match: grain\n    - a\n", [2]),
        ("base:\n  'N@web': [a]\n", [2]),
        ("base:\n  'N@ids': [a]\n", []),
        ("{% if grains['os'] == 'x' %}\nbase: {'*': [a]}\n{% endif %}\n", [1]),
        ("base:\n  '*': [{{ facts.role }}]\n", [2]),
        ("base:\n  '*': ['{# grains #}']\n", []),
    ],
)
def test_targets_that_believe_nodes_are_found(
    memory_files: MakeFiles, top: str, lines: list[int]
) -> None:
    groups = "web: 'G@role:web'\nids: [a, b]\n"
    files = memory_files({"settings/top.zy": top, "settings/a.zy": "", "nodegroups.yaml": groups})
    assert [each.at.line for each in untrusted_targets(files) if each.at] == lines


def entries(refs: Mapping[str, tuple[str, ...]]) -> dict[str, FileEntry]:
    digest = "a" * 64
    found = {
        path: FileEntry(digest, 1, sealed=SealedEntry(f"cli.{path}", 1, named))
        for path, named in refs.items()
    }
    return {**found, "settings/top.sls": FileEntry(digest, 1)}


def needs(memory_files: MakeFiles, top: str, **refs: tuple[str, ...]) -> SettingsNeeds:
    paths = {
        f"settings/{name}.sls": tuple(f"settings/{ref}.sls" for ref in named)
        for name, named in refs.items()
    }
    files = memory_files({"settings/top.sls": top})
    return SettingsNeeds(files, entries(paths), "settings/", env="base")


def names(found: frozenset[str]) -> set[str]:
    return {path.removeprefix("settings/").removesuffix(".sls") for path in found}


def test_needs_follow_targets_and_refs_without_end(memory_files: MakeFiles) -> None:
    top = "base:\n  '*': [a]\n  'label:role=db': [d*]\n  'G@os:Debian': [gone]\n"
    found = needs(memory_files, top, a=("b",), b=("c", "a"), c=(), d=(), d2=())
    assert names(found.of(NodeView(id="x"))) == {"a", "b", "c"}
    assert names(found.of(NodeView(id="x", labels={"role": "db"}))) == {"a", "b", "c", "d", "d2"}
    assert names(found.of(NodeView(id="x", facts={"os": "Debian"}))) == {"a", "b", "c"}
    assert found.uses_facts


def test_a_top_file_of_ids_and_labels_asks_for_no_fact(memory_files: MakeFiles) -> None:
    found = needs(memory_files, "base:\n  'w*': [a]\n  'label:x=y': [b]\n", a=(), b=())
    assert not found.uses_facts
    assert names(found.of(NodeView(id="w1", facts={"os": "x"}))) == {"a"}
    assert found.facts.keys <= {"os"}  # which every view of a node looks at


def test_a_template_is_rendered_for_nodes_that_differ_in_what_it_reads(
    memory_files: MakeFiles,
) -> None:
    top = "base:\n  '*':\n    - {{ grains['role'] }}\n"
    top += "    {% if grains.get('x') %}- x{{ grains['n'] }}{% endif %}\n"
    found = needs(memory_files, top, db=(), web=(), x1=(), x2=())
    for _ in range(2):
        for role in ("db", "web"):
            assert names(found.of(NodeView(id=role, facts={"role": role, "n": 1}))) == {role}
        for number in (1, 2):
            facts = {"role": "db", "x": True, "n": number}
            assert names(found.of(NodeView(id="n", facts=facts))) == {"db", f"x{number}"}
    assert found.facts.keys >= {"role", "x", "n"}


@pytest.mark.parametrize(
    "top",
    [
        "base:\n  '*':\n    - {{ id }}\n",
        "base:\n  '*':\n    - {{ grains['id'] }}\n",
        "base:\n  '*':\n    - {{ opts.id }}\n",
        "base:\n  '*':\n    - {{ salt['grains.get']('id') }}\n",
    ],
)
def test_a_template_that_asks_for_the_id_is_rendered_for_each(
    memory_files: MakeFiles, top: str
) -> None:
    found = needs(memory_files, top, a=(), b=())
    for name in ("a", "b", "a"):
        assert names(found.of(NodeView(id=name, facts={"id": name}))) == {name}


@pytest.mark.parametrize(
    "top",
    [
        "#!py\ndef run():\n    open('/tmp/never', 'w')\n",
        "{{ salt['cmd.run']('touch /tmp/never') }}\n",
        "{% for x in range(10**9) %}{% endfor %}\n",
        "base: [\n",
    ],
)
def test_a_master_runs_nothing_of_a_tree(memory_files: MakeFiles, top: str) -> None:
    found = needs(memory_files, top, a=())
    with pytest.raises(SourceError):
        found.of(NodeView(id="x"))
