"""Whatever the template: nothing is lost, a second run changes nothing."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from zester.cli.migrate.disk.writing import write
from zester.cli.migrate.options import Options
from zester.cli.migrate.plan import make_plan
from zester.errors import RenderError
from zester.templating.tokens import TemplateReader

EXPRESSIONS = (
    "salt['pillar.get']('a:b', default=grains['os'])",
    'salt["grains.filter_by"](t, merge=salt["pillar.get"]("x"), grain="os")',
    "salt['grains.filter_by']({'Debian': 1}, base=pillar.b, )",
    "salt.file.dirname( '/a' )",
    "salt['cmd.run']('x') | default(pillar)",
    "f(grains=grains).pillar",
    "'mode: 0644' ~ \"grains\"",
)
LINES = (
    "a{n}:",
    "  file.managed:",
    "    - mode: 0644",
    "    - dir_mode: 0755 # c",
    "    - user: {{{{ {e} }}}}",
    "    - contents: |",
    "        mode: 0644 {{{{ {e} }}}}",
    "    - require:",
    "      - file: a{n}",
    "      - pkg: b",
    "{{% set l{n} = [] %}}",
    "{{%- do l{n}.append({e}) -%}}",
    "{{% if {e} %}}x{{% endif %}}",
    "{{# {e} mode: 0644 #}}",
    "{{% raw %}}{{{{ {e} }}}}{{% endraw %}}",
    "{{% from 'a.sls' import grains with context %}}",
    "é\u2028: \t",
    "",
)
PIECES = (
    *("{{", "}}", "{%-", "-%}", "{%", "%}", "{#-", "-#}", " ", "\n", "\r\n", "\r", "x"),
    *("raw", "endraw", "'", "(", ")", "set y = ", "if x", "endif", "é"),
)
ENDS = ("\n", "\r\n", "\r")


@st.composite
def templates(draw: st.DrawFn) -> str:
    lines = draw(st.lists(st.sampled_from(LINES), max_size=12))
    pieces = [
        line.format(n=draw(st.integers(0, 2)), e=draw(st.sampled_from(EXPRESSIONS)))
        + draw(st.sampled_from(ENDS))
        for line in lines
    ]
    return draw(st.sampled_from(("", "\ufeff"))) + "".join(pieces)


@settings(max_examples=60, deadline=None)
@given(text=templates(), chosen=st.tuples(st.booleans(), st.booleans(), st.booleans()))
def test_a_second_run_changes_nothing(text: str, chosen: tuple[bool, bool, bool]) -> None:
    options = Options(*chosen)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "a.sls"
        place.write_bytes(text.encode())
        first = make_plan([Path(folder)], options)
        assert not any(finding.severity == "error" for finding in first.findings)
        write(first.files)
        again = make_plan([Path(folder)], options)
        assert [file.changed for file in again.files] == [False]
        written = (Path(folder) / "a.zy").read_bytes().decode()
    breaks = [char for char in text if char in "\r\n"]
    assert [char for char in written if char in "\r\n"] == breaks


@settings(max_examples=300, deadline=None)
@given(
    text=st.one_of(
        templates(),
        st.lists(
            st.sampled_from(PIECES),
            max_size=30,
        ).map("".join),
    )
)
def test_the_words_of_a_template_are_its_text(text: str) -> None:
    try:
        tokens = TemplateReader().read(text, "a").tokens
    except RenderError:
        return
    assert "".join(token.text for token in tokens) == text
    place = 0
    for token in tokens:
        assert token.start == place
        before = text[:place].replace("\r\n", "\n").replace("\r", "\n")
        assert token.line == before.count("\n") + 1
        place = token.end
