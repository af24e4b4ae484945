"""Errors point at the template."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from zester.errors import RenderError

Render = Callable[..., str]


def _error(render: Render, text: str, files: dict[str, str | bytes] | None = None) -> RenderError:
    with pytest.raises(RenderError) as caught:
        render(text, files)
    return caught.value


@pytest.mark.parametrize(
    ("text", "message", "line", "caret"),
    [
        ("a\n\n{{ foo }}\n", "'foo' is undefined", 3, "{{ foo }}\n   ^"),
        ("{{ pillar.nope }}", "the mapping has no key 'nope'", 1, "{{ pillar.nope }}\n          ^"),
        ("{% if foo %}{% endif %}", "'foo' is undefined", 1, "{% if foo %}{% endif %}\n      ^"),
        ("x\n{% foo %}", "encountered unknown tag 'foo'", 2, "{% foo %}\n   ^"),
        ("{{ 1 | nofilter }}", "no filter named 'nofilter'", 1, "{{ 1 | nofilter }}\n       ^"),
        ("{{ 1 / 0 }}", "ZeroDivisionError: division by zero", 1, "{{ 1 / 0 }}\n^"),
        ("  {{ raise('boom') }}", "boom", 1, "  {{ raise('boom') }}\n  ^"),
        ("{{ 'x'.nope() }}", "str object has no attribute 'nope'", 1, None),
        (
            "{{ ''.__class__ }}",
            "access to attribute '__class__' of 'str' object is unsafe",
            1,
            None,
        ),
        ("{{ 'a' | regex_match('(') }}", None, 1, None),
        ("{{ salt['pillar.get']() }}", None, 1, None),
        ("{% include 'no.sls' %}", "there is no template 'no.sls'", 1, None),
        ("{% include '../../x' %}", "'../../x' leads out of the tree", 1, None),
        ("{% include '/etc/passwd' %}", "'/etc/passwd' leads out of the tree", 1, None),
    ],
)
def test_message_line_and_caret(
    render: Render, text: str, message: str | None, line: int, caret: str | None
) -> None:
    error = _error(render, text)
    assert error.at is not None
    assert (error.at.file, error.at.line) == ("states/web/init.sls", line)
    assert message is None or error.message == message
    assert error.excerpt is not None
    assert caret is None or error.excerpt == caret


def test_the_chain_of_files_is_told(render: Render) -> None:
    files: dict[str, str | bytes] = {
        "states/a.jinja": "\n{% include 'b.jinja' %}",
        "states/b.jinja": "\n\n{% macro m() %}\n{{ gone }}{% endmacro %}{{ m() }}",
    }
    error = _error(render, "{% include 'a.jinja' %}", files)
    assert str(error) == (
        "states/web/init.sls:1 → states/a.jinja:2 → states/b.jinja:4: 'gone' is undefined"
    )


def test_a_syntax_error_in_an_imported_file_is_told_there(render: Render) -> None:
    error = _error(render, "{% import 'a.jinja' as a %}", {"states/a.jinja": "\n{% if %}"})
    assert str(error).startswith("states/web/init.sls:1 → states/a.jinja:2: ")
    assert error.excerpt is not None
    assert error.excerpt.startswith("{% if %}\n")


def test_a_file_that_is_not_utf8_is_told(render: Render) -> None:
    error = _error(render, "{% include 'a' %}", {"states/a": b"ok\nx\xffy"})
    assert error.at is not None
    assert (error.at.file, error.at.line, error.at.column) == ("states/a", 2, 2)


def test_a_long_recursion_has_a_short_trail(render: Render) -> None:
    error = _error(
        render,
        "{% include 'a' %}",
        {"states/a": "{% include 'b' %}", "states/b": "{% include 'a' %}"},
    )
    assert "itself without end" in error.message
    assert len(error.trail) < 20
