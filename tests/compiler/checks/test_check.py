"""What is wrong with a tree whatever the node."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from zester.compiler.checks.tree import check_tree
from zester.errors import SourceError
from zester.resources.files import Files

MakeFiles = Callable[[dict[str, str | bytes]], Files]

BOMB = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 10)}]\n" for i in range(9)
)

BAD: dict[str, tuple[str | bytes, int, str]] = {
    "states/syntax.zy": ("a: 1\n{% if x\n", 2, "unexpected end of template"),
    "states/map.jinja": ("\n{{ x }", 2, "unexpected '}'"),
    "files/x.j2": ("{% foo %}", 1, "encountered unknown tag 'foo'"),
    "states/filter.zy": ("{{ x | nofilter }}: {}\n", 1, "no filter named 'nofilter'"),
    "states/yaml.zy": ("a: [1\n", 2, "did not find expected"),
    "states/double.zy": ("a: {x.y: []}\nb: {x.y: []}\na: {x.y: []}\n", 3, "duplicate key 'a'"),
    "states/double_jinja.zy": (
        "{% set x = 1 %}\na: {x.y: []}\n{{ y }}: {x.y: []}\na: {x.y: []}\n",
        4,
        "duplicate key 'a', first on line 2",
    ),
    "states/indent.zy": (
        "a:\n  x.y:\n    - name: {{ a }}\n   - mode: 1\n",
        4,
        "did not find expected key",
    ),
    "states/bytes.zy": (b"a:\n  - \xff\n", 2, "not UTF-8"),
    "states/list.zy": ("- a\n", 1, "holds a list"),
    "states/text.zy": ("hello\n", 1, "holds plain text"),
    "states/bomb.zy": (BOMB, 5, "aliases expand"),
    "states/include.zy": ("include:\n  - gone\n", 2, "there is no state file 'gone'"),
    "states/relative.zy": ("include: [.gone]\n", 1, "there is no state file 'gone'"),
    "states/call.zy": ("a:\n  file.managed:\n    name: x\n", 2, "must hold a list"),
    "states/py.sls": ("#!mako|yaml\nx: {}\n", 1, "renderer 'mako' is not supported"),
    "settings/list.zy": ("- a\n", 1, "holds a list"),
    "settings/double.zy": ("a: 1\na: 2\n", 2, "duplicate key 'a'"),
    "settings/top.zy": ("base:\n  '*':\n    - gone\n", 3, "there is no settings file 'gone'"),
}


@pytest.mark.parametrize("path", BAD)
def test_a_problem_has_its_place(memory_files: MakeFiles, path: str) -> None:
    text, line, message = BAD[path]
    (problem,) = check_tree(memory_files({path: text, "states/ok.zy": "", "settings/ok.zy": ""}))
    assert isinstance(problem, SourceError)
    assert message in problem.message
    assert problem.at is not None
    assert (problem.at.file, problem.at.line) == (path, line)
    assert problem.excerpt is not None
    assert problem.excerpt.endswith("^")


def test_all_problems_are_told_in_order(memory_files: MakeFiles) -> None:
    problems = check_tree(memory_files({path: text for path, (text, _, _) in BAD.items()}))
    assert [problem.at.file for problem in problems if problem.at] == sorted(BAD)


def test_one_file_can_have_several_problems(memory_files: MakeFiles) -> None:
    text = "include: [x, y]\na: {file.managed: {}}\nb: {pkg: []}\n"
    top = "base:\n  'G@x':\n    - gone\n  '(':\n    - main\n"
    problems = check_tree(memory_files({"states/main.zy": text, "states/top.sls": top}))
    assert len(problems) == 7


GOOD: dict[str, str | bytes] = {
    "states/top.zy": "base:\n  '*':\n    - web\n    - 'app.*'\n  '{{ x }}':\n    - {{ y }}\n",
    "states/web/init.zy": """\
{%- from 'map.jinja' import web with context %}
include:
  - .config
{%- if web.db %}
  - nowhere
{%- endif %}
{{ web.pkg }}:
  pkg.installed: []
{% if grains.os == 'Debian' %}
motd: {file.managed: []}
{% else %}
motd: {file.absent: []}
{% endif %}
{% for name in web.sites %}
site-{{ name }}:
  file.managed:
    - contents: |
        {{ name | indent(8) }}
{% endfor %}
list:
  pkg.installed:
    - pkgs:
{%- for pkg in web.pkgs %}
      - {{ pkg }}
{%- endfor %}
{{ web.more | yaml(False) }}
""",
    "states/web/config.sls": "{{ salt['slsutil.serialize']('yaml', x) }}\n",
    "states/map.jinja": "{% macro m(x) %}{{ x is mapping }}{% endmacro %}\n",
    "states/files/nginx.conf": b"\xff\xfe {% not a template",
    "states/raw.zy": "a:\n  x.y:\n    - t: '{% raw %}{{ x }}{% endraw %}'\n",
    "states/block.zy": "{% set text %}\na: 1\na: 2\n{% endset %}\n",
    "states/shell.zy": "a:\n  cmd.run:\n    - name: ps | grep {{ x }} | wc\n",
    "states/empty.zy": "",
    "settings/top.zy": "base:\n  '*': [a]\nprod:\n  '*': [elsewhere]\n",
    "settings/a.zy": "{% if x %}\na: 1\n{% endif %}\n{{ y }}\n",
    "README.md": "{% nonsense",
}


def test_a_good_tree_has_no_problems(memory_files: MakeFiles) -> None:
    assert check_tree(memory_files(GOOD)) == ()


def test_nothing_is_run(memory_files: MakeFiles) -> None:
    text = "{% set l = [1] %}{% for i in l %}{% do l.append(i) %}{% endfor %}a: {x.y: []}\n"
    assert check_tree(memory_files({"states/a.zy": text})) == ()
