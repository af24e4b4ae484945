"""Hostile calls end in an error, soon."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from zester.errors import RenderError, SourceError
from zester.targeting.node import NodeView
from zester.templating.jinja.limits import Limits
from zester.templating.recorded import RecordedFiles
from zester.templating.renderer import Renderer

LIMITS = Limits(seconds=2, steps=20_000, text=100_000, items=10_000)
NESTED = "{% set l = [[1] * 9000] * 9000 %}"


@pytest.fixture
def attack(node: NodeView) -> Callable[..., str]:
    def run(text: str, tree: dict[str, str] | None = None) -> str:
        files = RecordedFiles(Memory(tree or {}))
        return Renderer(files, "states/", node, limits=LIMITS).render_text(text, name="a.sls").text

    return run


class Memory:
    """Files by path."""

    def __init__(self, files: dict[str, str]) -> None:
        self.files = files

    def read(self, path: str) -> bytes | None:
        return self.files[path].encode() if path in self.files else None

    def paths(self) -> tuple[str, ...]:
        return tuple(self.files)


@pytest.mark.parametrize(
    "text",
    [
        NESTED + "{{ salt['slsutil.serialize']('yaml', l) | length }}",
        NESTED + "{{ salt['slsutil.merge']({'a': l}, {}) | length }}",
        NESTED + "{{ salt['defaults.deepcopy'](l) | length }}",
        NESTED + "{{ salt['pillar.get']('x', {'a': l}, merge=true) | length }}",
        NESTED + "{{ salt['grains.filter_by']({'Debian': {'a': l}}, merge={'b': l}) | length }}",
        "{% set l = [] %}{% do l.append(l) %}{{ salt['defaults.deepcopy'](l) }}",
        "{% set d = {} %}{% do d.update({'a': d}) %}{{ salt['slsutil.merge'](d, d) }}",
        "{{ salt['netaddress.list_cidr_ips']('10.0.0.0/8') | length }}",
        "{{ salt['random.get_str'](10**9) }}",
        "{{ salt['random.sample']([1], 10**9) }}",
        "{{ salt['slsutil.banner'](width=10**9) }}",
        "{{ salt['pkg.version_cmp']('1.' * 40000, '1.' * 40000) }}",
        "{{ salt['status.time']('%A' * 40000) }}",
        "{{ salt['match.pcre']('(a+)+$', 'a' * 99 ~ '!') }}",
        "{{ salt['match.compound']('x or E@(a+)+$', 'a' * 99 ~ '!') }}",
        "{% do salt['pillar.get']('web').update({'z': 'a' * 99 ~ '!'}) %}"
        "{{ salt['match.pillar_pcre']('web:z:(a+)+$') }}",
        "{% do salt['pillar.get']('web').update({'z': 'a' * 99 ~ '!'}) %}"
        "{{ salt['match.pillar_pcre']('web|z|(a+)+$', delimiter='|') }}",
        "{{ salt['slsutil.findup']('', ['x'] * 9999) }}",
        "{{ salt['slsutil.renderer'](string='{{ raise(1) }}') }}",
        "{% set t %}{% raw %}{% for i in range(9999) %}{{ 'x' * 99 }}{% endfor %}{% endraw %}"
        "{% endset %}"
        "{{ salt['slsutil.renderer'](string=t) }}",
        "{{ salt['slsutil.renderer'](string='x', default_renderer='py') }}",
        "{{ salt['slsutil.renderer'](string='a: 1', default_renderer='yaml|jinja') }}",
        "{{ salt['slsutil.renderer'](string='#!mako\nx') }}",
        "{{ salt['slsutil.renderer'](string='a: 1\na: 2') }}",
        "{{ salt['slsutil.renderer']() }}",
        "{{ salt['slsutil.renderer']('salt://../secret') }}",
        "{{ salt['cp.get_file_str']('salt://../secret') }}",
        "{{ salt['cp.get_file_str']('/etc/passwd') }}",
        "{{ salt['cp.hash_file']('salt://a/../../secret') }}",
        "{{ salt['slsutil.serialize']('yaml', {}, Dumper='x') }}",
        "{{ salt['slsutil.serialize']('yaml', {}, stream='x') }}",
    ],
)
def test_it_is_refused(attack: Callable[..., str], text: str) -> None:
    with pytest.raises(SourceError):
        attack(text, {"secret": "x", "states/a.sls": ""})


def test_files_outside_the_states_are_not_seen(attack: Callable[..., str]) -> None:
    tree = {"secret": "x", "settings/a.sls": "", "states/a.sls": ""}
    for path in ("../secret", "/secret", "../settings/a.sls", "a/../../secret"):
        text = "{{ salt['slsutil.path_exists']('" + path + "') }}"
        assert attack(text, tree) == "False"
    assert attack("{{ salt['cp.list_master']() }}", tree) == "['a.sls']"
    assert attack("{{ salt['defaults.get']('../settings/../..') }}", tree) == "None"


def test_a_file_that_renders_itself_is_an_error_with_its_trail(attack: Callable[..., str]) -> None:
    tree = {"states/b.sls": "\n{{ salt['slsutil.renderer']('salt://b.sls') }}"}
    with pytest.raises(RenderError, match="renderings inside each other") as caught:
        attack("{{ salt['slsutil.renderer']('salt://b.sls') }}", tree)
    assert str(caught.value).startswith("states/a.sls:1 → states/b.sls:2 → ")


def test_a_part_shares_the_budget_of_the_whole(attack: Callable[..., str]) -> None:
    text = (
        "{% for i in range(5000) %}"
        "{% do salt['slsutil.renderer'](string='{{ 1 }}{{ 2 }}{{ 3 }}{{ 4 }}{{ 5 }}') %}"
        "{% endfor %}"
    )
    with pytest.raises(RenderError, match=r"steps|longer than"):
        attack(text)
