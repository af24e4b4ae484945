"""``--verify``: the same low state before and after."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from zester.cli.migrate.change import Change, Site
from zester.cli.migrate.page import Page
from zester.cli.migrate.rules import table
from zester.cli.migrate.rules.table import Rule

Run = Callable[..., tuple[int, dict[str, Any]]]
Put = Callable[[Mapping[str, str | bytes]], None]
Files = Callable[[], dict[str, bytes]]

TREE = {
    "states/top.sls": "base: {'*': [web]}\n",
    "states/web/init.sls": (
        "{% from 'web/vars.sls' import x with context %}\n"
        "{% set l = [] %}{% do l.append(salt['pillar.get']('a:b', 'none')) %}\n"
        "{{ salt['file.dirname']('/srv/x') }}:\n"
        "  file.directory:\n    - mode: 0755\n    - user: {{ l[0] }}-{{ x }}\n"
        "    - group: {{ salt['user.info']('nobody').get('name', 'root') }}\n"
        "    - require: [{test: ready}]\n    - watch:\n      - test: ready\n"
        'ready: {test.nop: [{v: \'{{ salt["cmd.run"]("id") }}\'}]}\n'
    ),
    "states/web/vars.sls": (
        "{% set x = salt['grains.filter_by']({'Debian': 'd', 'default': 'x'}) %}\n"
    ),
    "states/broken.sls": "{{ nope }}\n",
    "settings/top.sls": "base: {'*': [a]}\n",
    "settings/a.sls": "a: {b: {{ grains.os }}}\n",
}


def test_a_tree_says_the_same(put: Put, run: Run, files: Files) -> None:
    put(TREE)
    code, report = run("--verify", "--write", "--requisites", "--reference-style", "--rename-vars")
    (verified,) = report["verified"].values()
    assert verified["differences"] == []
    assert verified["failing"] == 1
    assert verified["same"] == 3
    assert code == 1  # the requisite in flow form is not converted
    assert report["written"] is True
    assert '"test.nop:ready"' in files()["states/web/init.zy"].decode()


def test_settings_and_facts_can_be_given(tree: Path, tmp_path: Path, put: Put, run: Run) -> None:
    put({"x.sls": "{{ pillar.n }}-{{ grains.os }}: {test.nop: []}\n"})
    (tmp_path / "s.sls").write_text("n: 1\n")
    (tmp_path / "f.json").write_text('{"os": "Plan9"}')
    _, report = run("--verify", "--settings", tmp_path / "s.sls", "--facts", tmp_path / "f.json")
    assert report["verified"][str(tree)] == {"same": 1, "failing": 0, "differences": []}


def test_a_difference_is_an_error_and_nothing_is_written(
    put: Put, run: Run, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoil(page: Page, site: Site) -> Change:
        return Change(page.text.replace("one", "two"), 1)

    monkeypatch.setattr("zester.cli.migrate.plan.RULES", (*table.RULES, Rule("spoil", spoil)))
    put({"a.sls": "one: {test.nop: []}\n", "b.sls": "same: {test.nop: []}\n"})
    before = files()
    code, report = run("--verify", "--write")
    (verified,) = report["verified"].values()
    (difference,) = verified["differences"]
    assert (code, verified["same"], difference["name"]) == (2, 1, "a")
    assert '"name": "one"' in difference["before"]
    assert '"name": "two"' in difference["after"]
    assert report["written"] is False
    assert files() == before


def test_what_starts_to_fail_is_a_difference(
    put: Put, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoil(page: Page, site: Site) -> Change:
        return Change(page.text + "{{ nope }}", 1)

    monkeypatch.setattr("zester.cli.migrate.plan.RULES", (Rule("spoil", spoil),))
    put({"a.sls": "one: {test.nop: []}\n"})
    code, report = run("--verify")
    (verified,) = report["verified"].values()
    assert code == 2
    assert "'nope' is undefined" in verified["differences"][0]["after"]


def test_an_import_of_a_renamed_file_still_finds_it(put: Put, run: Run) -> None:
    put(
        {
            "a.sls": "{% from 'b.sls' import x %}{{ x }}: {test.nop: []}\n",
            "b.sls": "{% set x = 'n' %}",
        }
    )
    code, report = run("--verify")
    assert code == 0
    assert next(iter(report["verified"].values()))["same"] == 2
