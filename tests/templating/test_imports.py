"""What imported and included templates see, as public formulas rely on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from zester.errors import RenderError
from zester.targeting.node import NodeView
from zester.templating.cache.code_store import CodeStore
from zester.templating.cache.library import Library
from zester.templating.recorded import RecordedFiles
from zester.templating.renderer import Renderer

Render = Callable[..., str]
MakeRenderer = Callable[..., Renderer]


class MemoryFiles:
    """Files by path."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files

    def read(self, path: str) -> bytes | None:
        text = self._files.get(path)
        return None if text is None else text.encode()

    def paths(self) -> tuple[str, ...]:
        return tuple(self._files)


def _files(**files: str) -> dict[str, str]:
    """Return files below ``states/app``; ``_`` in a name stands for ``/``."""
    return {
        f"states/app/{name.replace('_', '/')}.jinja": content for name, content in files.items()
    }


def test_session_variables_reach_imports_of_imports(render: Render) -> None:
    files = _files(
        outer="{% from 'app/inner.jinja' import said %}{% set told = said %}",
        inner="{% set said = opts.id ~ ' ' ~ sls ~ ' ' ~ grains.os ~ ' ' ~ saltenv %}",
    )
    text = "{% from 'app/outer.jinja' import told without context %}{{ told }}"
    assert render(text, files) == "web1 web Debian base"


def test_an_import_knows_its_own_place_and_one_with_context_its_importer(render: Render) -> None:
    files = _files(lib="{% set here = tplfile ~ ' ' ~ tpldir ~ ' ' ~ tpldot %}")
    text = "{% from 'app/lib.jinja' import here WITH context %}{{ here }}"
    assert render(text.replace("WITH", "without"), files) == "app/lib.jinja app app"
    assert render(text.replace("WITH", "with"), files) == "web/init.sls web web"


def test_a_macro_keeps_the_place_of_its_file(render: Render) -> None:
    files = _files(
        lib="{% macro root() %}{{ tpldir }}{% endmacro %}",
        other="{% set nothing = 1 %}",
    )
    text = (
        "{% from 'app/lib.jinja' import root %}{% from 'app/other.jinja' import nothing %}"
        "{{ root() }} {{ tpldir }}"
    )
    assert render(text, files) == "app web"


def test_a_macro_includes_a_file_named_by_its_argument(render: Render) -> None:
    files = _files(
        lib="{% macro load(name) %}{% set mine = name %}{% load_yaml as data %}"
        "{% include 'app/' ~ name ~ '.jinja' ignore missing %}{% endload %}"
        "{{ data | json }}{% endmacro %}",
        a="x: {{ mine }}-{{ grains.os }}",
    )
    text = "{% from 'app/lib.jinja' import load %}{{ load('a') }}{{ load('gone') }}"
    assert render(text, files) == '{"x": "a-Debian"}null'


def test_a_list_of_names_includes_the_first_that_exists(render: Render) -> None:
    text = (
        "{% include ['app/x.jinja', 'app/y.jinja'] %}{% include ['app/x.jinja'] ignore missing %}"
    )
    assert render(text, _files(y="found")) == "found"


def test_an_include_without_context_sees_session_variables_only(render: Render) -> None:
    files = _files(part="{{ mine | default('none') }} {{ sls }}")
    text = "{% set mine = 1 %}{% include 'app/part.jinja' HOW context %}"
    assert render(text.replace("HOW", "without"), files) == "none web"
    assert render(text.replace("HOW", "with"), files) == "1 web"


def test_imported_data_is_shared_in_one_file_and_new_in_the_next(
    make_renderer: MakeRenderer,
) -> None:
    files = _files(lib="{% set data = ['new'] %}")
    load = "{% from 'app/lib.jinja' import data %}"
    renderer = make_renderer(files)

    def run(text: str) -> str:
        return renderer.render_text(text, name="web/init.sls", sls="web").text

    assert run(f"{load}{{% do data.append('seen') %}}{load}{{{{ data }}}}") == "['new', 'seen']"
    assert run(f"{load}{{{{ data }}}}") == "['new']"
    again = "{% from 'app/lib.jinja' import data with context %}{{ data }}"
    assert run(f"{load}{{% do data.append('seen') %}}{again}") == "['new']"


def test_changed_facts_and_settings_stay_changed_for_the_next_file(
    make_renderer: MakeRenderer,
) -> None:
    renderer = make_renderer()
    change = "{% do pillar.web.names.append('y') %}{% do grains.update({'extra': 1}) %}"
    renderer.render_text(change, name="a.sls", sls="a")
    shown = "{{ pillar.web.names }} {{ grains.extra }}"
    assert renderer.render_text(shown, name="b.sls", sls="b").text == "['x', 'y'] 1"


def test_relative_imports_count_from_the_file_that_was_loaded_last(render: Render) -> None:
    files = {
        "states/web/near.jinja": "{% set v = 'web ' ~ tplfile ~ ' ' ~ tpldir %}",
        "states/app/near.jinja": "{% set v = 'app ' ~ tplfile ~ ' ' ~ tpldir %}",
        "states/app/lib.jinja": "{% from './near.jinja' import v %}{% set w = v %}",
    }
    near = "{% from './near.jinja' import v %}{{ v }}"
    lib = "{% from 'app/lib.jinja' import w %}{{ w }}"
    assert render(near, files) == "web ./near.jinja web"
    assert render(lib, files) == "app ./near.jinja app"
    # the same relative name is the same file in all of a rendering
    assert render(f"{lib} {near}", files) == "app ./near.jinja app app ./near.jinja app"


def test_a_relative_import_falls_back_to_the_folder_of_the_file_that_asks(render: Render) -> None:
    files = {
        "states/web/near.jinja": "{% set v = 'web' %}",
        "states/app/lib.jinja": "{% set w = 1 %}",
    }
    text = "{% from 'app/lib.jinja' import w %}{% from './near.jinja' import v %}{{ v }}"
    assert render(text, files) == "web"


def test_relative_imports_are_kept_for_the_next_process(tmp_path: Path) -> None:
    files = MemoryFiles({"states/web/near.jinja": "{% set v = 'near' %}"})
    node = NodeView(id="web1", facts={})
    for _ in range(2):
        library = Library(store=CodeStore(tmp_path / "templates"))
        renderer = Renderer(RecordedFiles(files), "states/", node, library=library)
        text = "{% from './near.jinja' import v %}{{ v }}"
        assert renderer.render_text(text, name="web/init.sls", sls="web").text == "near"
    kept = list((tmp_path / "templates").iterdir())
    assert len(kept) == 1  # the file of the tree; a text that is none may hold anything


def test_a_relative_import_cannot_leave_the_tree(render: Render) -> None:
    with pytest.raises(RenderError, match="leads out of the tree"):
        render("{% import '../../../etc/x.jinja' as x %}")
    with pytest.raises(RenderError, match="leads out of the tree"):
        render("{% from 'app/lib.jinja' import v %}", _files(lib="{% import '../../x' as v %}"))


def test_imported_yaml_is_rendered_with_the_context_it_is_given(render: Render) -> None:
    files = {"states/app/x.yaml": "v: {{ n | default('unset') }}"}
    text = (
        "{% for n in ['a', 'b'] %}{% import_yaml 'app/x.yaml' as plain %}"
        "{% import_yaml 'app/x.yaml' as told with context %}{{ plain.v }} {{ told.v }} {% endfor %}"
        "{{ plain is defined }}"
    )
    assert render(text, files) == "unset a unset b False"


def test_an_error_in_an_import_of_an_import_names_the_way(render: Render) -> None:
    files = _files(
        outer="{% from 'app/inner.jinja' import x %}",
        inner="\n\n{{ nope }}",
    )
    with pytest.raises(RenderError) as caught:
        render("\n{% from 'app/outer.jinja' import x %}", files)
    error = caught.value
    assert str(error.at) == "states/app/inner.jinja:3"
    assert [str(at) for at in error.trail] == [
        "states/web/init.sls:2",
        "states/app/outer.jinja:1",
    ]


def test_profiled_parts_are_rendered_as_they_are(render: Render) -> None:
    assert render("{% profile as 'part' %}{% set x = 1 %}a{{ x }}{% endprofile %}{{ x }}") == "a11"
