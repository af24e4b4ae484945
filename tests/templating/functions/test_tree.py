"""Functions that look at the files of the tree."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from zester.errors import YamlError
from zester.targeting.node import NodeView
from zester.templating.recorded import RecordedFiles, touches
from zester.templating.renderer import Renderer

Render = Callable[..., str]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{{ salt['cp.list_states']() }}", "['web', 'web.t']"),
        ("{{ salt['cp.list_master'](prefix='web/d') }}", "['web/d.yaml', 'web/deep/x.yaml']"),
        ("{{ salt['cp.list_master_dirs']() }}", "['form', 'json', 'web', 'web/deep']"),
        (
            "{{ salt['cp.list_states']('base') | length }} {{ salt['cp.list_states']('dev') }}",
            "2 []",
        ),
        ("{{ salt['cp.get_file_str']('salt://web/d.yaml') }}", "x: 1\n"),
        ("{{ salt['defaults.get']('form') }}", "{'a': {'b': [1]}}"),
        ("{{ salt['defaults.get']('form:a:b') }} {{ salt['defaults.get']('form:x', 3) }}", "[1] 3"),
        ("{{ salt['defaults.get']('json:a') }} {{ salt['defaults.get']('none') }}", "1 None"),
        (
            "{{ salt['slsutil.renderer']('salt://web/t.sls', v=7) }}",
            "{'x': 7, 'y': 'web |'}",
        ),
        (
            "{{ salt['slsutil.renderer']('salt://web/t.sls', default_renderer='jinja', v=7) }}",
            "x: 7\ny: web |\n",
        ),
        ("{{ salt['slsutil.renderer'](string='#!json\n[1]') }}", "[1]"),
        ("{{ salt['slsutil.renderer'](string='a: b', default_renderer='text') }}", "a: b"),
        (
            "{% set v = 1 %}{{ salt['slsutil.renderer'](string='a: {{ v is defined }}') }}",
            "{'a': False}",
        ),
        ("{{ salt['slsutil.renderer'](string='{{ false }}') }}", "{}"),
        (
            "{{ salt['slsutil.renderer'](string='{{ pillar.s }}', default_renderer='jinja') }}",
            "text",
        ),
    ],
)
def test_the_tree_answers(render: Render, text: str, wanted: str) -> None:
    assert render(text) == wanted


def test_zester_files_are_states_too(render: Render) -> None:
    tree = {"states/a.zy": "", "states/b/init.zy": "", "states/c/d.sls": "", "states/e.txt": ""}
    assert render("{{ salt['cp.list_states']() }}", tree) == "['a', 'b', 'c.d']"


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("{{ salt['cp.get_file_str']('salt://web/d.yaml') }}", "states/web/d.yaml"),
        ("{{ salt['cp.get_file_str']('salt://web/new') }}", "states/web/new"),
        ("{{ salt['cp.hash_file']('salt://web/d.yaml') }}", "states/web/d.yaml"),
        ("{{ salt['cp.list_states']() }}", "states/new.sls"),
        ("{{ salt['slsutil.file_exists']('web/new') }}", "states/web/new"),
        ("{{ salt['slsutil.dir_exists']('new') }}", "states/new/x"),
        ("{{ salt['slsutil.findup']('web/deep', 'd.yaml') }}", "states/web/deep/d.yaml"),
        ("{{ salt['defaults.get']('new') }}", "states/new/defaults.yaml"),
        ("{{ salt['slsutil.renderer']('salt://web/d.yaml') }}", "states/web/d.yaml"),
    ],
)
def test_what_was_looked_at_is_recorded(node: NodeView, text: str, changed: str) -> None:
    texts = {"states/web/d.yaml": "x: 1", "states/web/deep/x": "", "states/a.sls": ""}

    class Files:
        def read(self, path: str) -> bytes | None:
            return texts[path].encode() if path in texts else None

        def paths(self) -> tuple[str, ...]:
            return tuple(texts)

    files = RecordedFiles(Files())
    Renderer(files, "states/", node).render_text(text, name="web/init.sls")
    assert touches(frozenset(files.reads), changed)
    assert not touches(frozenset(files.reads), "settings/other")


def test_faulty_defaults_are_an_error_with_their_place(render: Render) -> None:
    with pytest.raises(YamlError) as caught:
        render("{{ salt['defaults.get']('f') }}", {"states/f/defaults.yaml": "a: 1\na: 2\n"})
    assert str(caught.value).startswith("states/web/init.sls:1 → states/f/defaults.yaml:2: ")
