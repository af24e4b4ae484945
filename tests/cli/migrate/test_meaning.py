"""A rewritten call gives what the call of Salt gave, whatever the machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from zester.cli.migrate.change import Site
from zester.cli.migrate.options import Options
from zester.cli.migrate.page import Page
from zester.cli.migrate.rules.calls import rewrite_calls
from zester.compiler.compile import compile_node
from zester.targeting.node import NodeView
from zester.templating.providers import Providers
from zester.templating.tokens import TemplateReader

MAP = (
    "{'Debian': {'a': 1, 'f': 'deb'}, 'debian': {'a': 2}, 'RedHat': {'a': 3}, 'rhel': {'a': 4},"
    " 'Plan9': {'a': 5}, 'default': {'a': 6}, 'common': {'a': 0, 'c': {'d': 7}}}"
)
CALLS = (
    f"salt['grains.filter_by']({MAP})",
    "salt['grains.filter_by']({'debian': 1, 'rhel': 2, 'default': 3})",
    "salt['grains.filter_by']({'Debian': 1, 'RedHat': 2, 'default': 3})",
    "salt['grains.filter_by']({'Debian': 1})",
    "salt['grains.filter_by']({'d*': 1, 'default': 3})",
    f"salt['grains.filter_by']({MAP}, 'os')",
    f"salt['grains.filter_by']({MAP}, merge=pillar.m)",
    f"salt['grains.filter_by']({MAP}, base='common')",
    f"salt['grains.filter_by']({MAP}, default='RedHat', grain='os', base='common')",
    f"salt['grains.filter_by']({MAP}, 'nope', pillar.m, 'Plan9', 'common')",
    f"salt['grains.filter_by']({MAP}, grain='nope', default='gone')",
    f"salt['grains.filter_by'](merge=salt['pillar.get']('m'), lookup_dict={MAP}, grain='os')",
    "salt['pillar.get']('m:c:d')",
    "salt['pillar.get']('nope')",
    "salt['pillar.get']('m', default={'x': 1}, merge=True)",
    "salt['pillar.get']('m.c.d', 5, delimiter='.')",
    "salt['file.dirname'](path='/a/b/c')",
    "salt.user.info(name='root')",
    "salt['user.info']('nobody-here')",
    "salt['cmd.has_exec'](cmd='sh')",
)
MACHINES: tuple[Mapping[str, str], ...] = (
    {"os": "Debian", "os_family": "Debian"},
    {"os": "CentOS", "os_family": "RedHat"},
    {"os": "Plan9", "os_family": "Plan9"},
    {"os": "x"},
)


def _low(text: str, facts: Mapping[str, str]) -> list[dict[str, Any]]:
    machine = {
        "user.info": lambda name: {"name": name} if name == "root" else {},
        "cmd.has_exec": lambda cmd: cmd == "sh",
    }
    compiled = compile_node(
        _Files({"a.sls": text}),
        NodeView(id="n", facts=facts),
        sls=["a"],
        settings={"m": {"c": {"d": 9}}},
        providers=Providers(machine=machine),
    )
    return [chunk.as_salt() for chunk in compiled.chunks]


class _Files:
    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files

    def read(self, path: str) -> bytes | None:
        return self._files[path].encode() if path in self._files else None

    def paths(self) -> tuple[str, ...]:
        return tuple(self._files)


@pytest.mark.parametrize("call", CALLS)
def test_the_value_is_the_same(call: str) -> None:
    text = f"a:\n  test.nop:\n    - v: {{{{ {call} | json }}}}\n"
    page = Page("a.sls", text, TemplateReader())
    change = rewrite_calls(page, Site(Options(), frozenset(), frozenset(), {}))
    assert "salt" not in change.text
    for facts in MACHINES:
        assert _low(change.text, facts) == _low(text, facts)
