"""Templates of files that states manage."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from zester.compiler.template_renderer import TemplateRenderer
from zester.errors import RenderError
from zester.resources.files import Files
from zester.targeting.node import NodeView


@pytest.fixture
def renderer(memory_files: Callable[..., Files], node: NodeView) -> TemplateRenderer:
    files = memory_files(
        {
            "states/web/map.jinja": "{% set port = pillar.port %}",
            "states/web/files/a.conf": "unused",
        }
    )
    return TemplateRenderer(files, node, settings={"port": 80})


@pytest.mark.parametrize("name", ["salt://web/files/a.conf", "states/web/files/a.conf"])
def test_context_facts_settings_and_imports(renderer: TemplateRenderer, name: str) -> None:
    text = (
        "{% from '../map.jinja' import port with context %}"
        "{{ port }} {{ app }} {{ grains.id }} {{ pillar.port }} {{ tpldir }} {{ sls }}\n"
    )
    result = renderer.render(text, name=name, sls="web.config", context={"app": "x"})
    assert result == "80 x web1 80 web/files web.config\n"
    assert "states/web/map.jinja" in renderer.reads


def test_an_error_points_into_the_template(renderer: TemplateRenderer) -> None:
    with pytest.raises(RenderError) as caught:
        renderer.render("a\n{{ nope }}\n", name="salt://web/files/a.conf")
    assert str(caught.value) == "states/web/files/a.conf:2: 'nope' is undefined"
    assert caught.value.excerpt == "{{ nope }}\n   ^"
