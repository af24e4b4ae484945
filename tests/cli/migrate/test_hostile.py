"""Trees nobody would write by hand."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from zester.cli.migrate.main import migrate

Run = Callable[..., tuple[int, dict[str, Any]]]
Put = Callable[[Mapping[str, str | bytes]], None]
Files = Callable[[], dict[str, bytes]]


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (b"a: 1\n\xff\xfe\n", 2, "not UTF-8: byte 0xff"),
        (b"\x7fELF\x00\x01\x80", 1, "not UTF-8"),
        (b"a\n{% if x %}\n", 2, "unexpected end of template"),
        (b"a\n\n{{ x \n", 3, ""),
        (b"{% endif %}", 1, "endif"),
        (b"\r\n\r\n{{ x }", 3, ""),
        (b"{# never closed", 1, "comment"),
        (b"{% raw %}never closed", 1, ""),
        (b"{{ (1] }}", 1, ""),
        (b"{% nope %}", 1, "nope"),
        (b"{{ '" + b"(" * 3 + b"' }}{{ " + b"(" * 100_000, None, "without end"),
        (b"{{ " + b"[" * 5000 + b"]" * 5000 + b" }}", None, ""),
    ],
)
def test_what_does_not_parse_is_reported_and_left(
    content: bytes, line: int | None, message: str, put: Put, run: Run, files: Files
) -> None:
    put({"bad.sls": content, "good.sls": "a: {test.nop: []}\n"})
    code, report = run("--write")
    assert code == 2
    (bad,) = (file for file in report["files"] if file["path"] == "bad.sls")
    (finding,) = bad["findings"]
    assert finding["severity"] == "error"
    assert message.lower() in finding["message"].lower()
    if line is not None:
        assert finding["line"] == line
    assert files() == {"bad.sls": content, "good.zy": b"a: {test.nop: []}\n"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"\x00\x01\x02: mode: 0644x\n",
        b"[" * 100_000,
        b"- " * 50_000,
        b"a:\n" + b"".join(b" " * depth + b"a:\n" for depth in range(1, 2000)),
        b"? " * 10_000 + b"mode: 0644",
        b"%YAML 9.9\n---\nmode: 644\n...\n---\nx",
        b"&a [*a, *b, !!x y]: *z\nmode: &x 0\n",
        b"a: \"never closed\nmode: 'x\n",
        b"\t\tmode: 0644\n" * 1000,
        "\u2028\u0085\ufeff\ufffe: 1\r\rmode: x\u2029\n".encode(),
        b"{{ x }}" * 5_000,
        b"{% for a in b %}\n" * 20 + b"x" + b"{% endfor %}" * 20,
        b"a: b: c\n" * 5000,
    ],
)
def test_odd_texts_are_renamed_and_nothing_else(
    content: bytes, put: Put, run: Run, files: Files
) -> None:
    put({"a.sls": content})
    code, _ = run("--write", "--requisites", "--reference-style", "--rename-vars")
    assert (code, files()) == (0, {"a.zy": content})


def test_ten_megabytes_are_left(put: Put, run: Run, files: Files) -> None:
    data = b"mode: 0644\n" * (10 * 2**20 // 11)
    put({"big.sls": data, "big.zy.txt": data})
    code, report = run("--write")
    assert code == 1
    assert "larger than 4 MiB" in report["files"][0]["findings"][0]["message"]
    assert files() == {"big.sls": data, "big.zy.txt": data}


def test_a_thousand_states_are_rewritten(put: Put, run: Run, files: Files) -> None:
    text = "".join(
        f"/f{n}:\n  file.managed:\n    - mode: 0644\n"
        "    - user: {{ salt['pillar.get']('u') }}\n"
        for n in range(1_000)
    )
    put({"a.sls": text})
    _, report = run("--write")
    assert report["files"][0]["rewritten"] == {"modes": 1_000, "calls": 1_000}
    expected = text.replace("0644", '"0644"').replace("salt['pillar.get']", "pillar_get")
    assert files() == {"a.zy": expected.encode()}


def test_names_may_hold_anything(tree: Path, put: Put, files: Files) -> None:
    put({"a\nb\x1b[31m.sls": "{{ salt['pillar.get']('a') }}\n", " .sls": "", "é '\".sls": ""})
    result = CliRunner().invoke(migrate, [str(tree), "--write", "--diff"], standalone_mode=False)
    assert result.return_value == 0
    assert "\x1b" not in result.stdout
    assert "a\\nb\\x1b[31m.sls → a\\nb\\x1b[31m.zy: calls 1" in result.stdout
    assert set(files()) == {"a\nb\x1b[31m.zy", " .zy", "é '\".zy"}


def test_names_need_not_be_utf_8(tree: Path, run: Run) -> None:
    name = b"\xff.sls".decode("utf-8", "surrogateescape")
    (tree / name).write_bytes(b"mode: 0644\n")
    result = CliRunner().invoke(migrate, [str(tree), "--write", "--diff"], standalone_mode=False)
    assert result.return_value == 0
    assert [path.name for path in tree.iterdir()] == [name.replace(".sls", ".zy")]


def test_links_are_not_followed_out_or_round(
    tree: Path, tmp_path: Path, put: Put, run: Run
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.sls").write_text("mode: 0644\n")
    put({"a/x.sls": "mode: 0644\n"})
    (tree / "a" / "loop").symlink_to("..")
    (tree / "self.sls").symlink_to("self.sls")
    (tree / "out").symlink_to(outside)
    (tree / "out.sls").symlink_to(outside / "secret.sls")
    (tree / "gone.sls").symlink_to("nothing.sls")
    code, report = run("--write")
    assert code == 1
    assert [file["path"] for file in report["files"] if file["changed"]] == ["a/x.sls"]
    assert (outside / "secret.sls").read_text() == "mode: 0644\n"
    assert (tree / "out.sls").is_symlink()
    (finding,) = (
        f for file in report["files"] if file["path"] == "out.sls" for f in file["findings"]
    )
    assert "leads out" in finding["message"]


def test_links_inside_follow_what_they_point_at(tree: Path, put: Put, run: Run) -> None:
    put({"a/x.sls": "mode: 0644\n"})
    (tree / "b.sls").symlink_to("a/x.sls")
    (tree / "c.jinja").symlink_to("b.sls")
    code, _ = run("--write")
    assert code == 0
    assert (tree / "b.zy").readlink() == Path("a/x.zy")
    assert (tree / "c.jinja").readlink() == Path("b.zy")
    assert (tree / "c.jinja").read_text() == 'mode: "0644"\n'
    assert not (tree / "b.sls").is_symlink()
    assert run("--write")[1]["files"] == [
        {**file, "changed": False, "rewritten": {}} for file in run("--write")[1]["files"]
    ]


def test_a_pipe_is_no_template(tree: Path) -> None:
    os.mkfifo(tree / "pipe.sls")
    (tree / "a.sls").write_text("")
    for path, code in ((tree, 0), (tree / "pipe.sls", 2)):
        result = CliRunner().invoke(migrate, [str(path)], standalone_mode=False)
        assert result.return_value == code
