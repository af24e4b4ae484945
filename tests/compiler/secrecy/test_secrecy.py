"""What of settings is secret, how it is masked, and what was derived from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from zester.compiler.compile import compile_node
from zester.compiler.secrecy.derived import derived_texts, shown_lines
from zester.compiler.secrecy.leaves import said_in_clear, secret_texts
from zester.compiler.secrecy.mask import masked, other
from zester.targeting.node import NodeView
from zester.targeting.value import Value
from zester.telemetry.redaction.redactor import MARK
from zester.templating.cache.code_store import CodeStore
from zester.templating.cache.library import Library
from zester.trees.folder import FolderFiles


def test_scalars_are_secret_unless_they_are_short_or_no_secret_anywhere() -> None:
    settings = {
        "password": "hunter2",
        "on": True,
        "nothing": None,
        "port": 8080,
        "pin": 12345678,
        "state": "Present",
        "abc": "abc",
        "list": [{"key": "nested-secret"}, b"bytes-secret", 3.14159265],
    }
    found = secret_texts(settings)
    assert found == {"hunter2", "12345678", "nested-secret", "bytes-secret", "3.14159265"}


def test_keys_are_names_unless_they_look_drawn_by_lot() -> None:
    settings = {"tokens": {"a8Kd02mZp1qWx77e": "alice", "web-01.example.com": "Miller"}}
    assert secret_texts(settings) == {"a8Kd02mZp1qWx77e", "alice", "Miller"}


@pytest.mark.parametrize(
    "text",
    [
        "nginx:\n  pkg.installed",
        "{% if pillar.x == 'nginx' %}",
        "- name: nginx\n",
        "path=/nginx/",
        "salt://web/nginx.conf",
    ],
)
def test_what_the_tree_says_in_clear_is_not_secret(text: str) -> None:
    assert said_in_clear({"nginx", "other"}, [text]) == {"nginx"}


def test_a_part_of_a_word_is_not_said_in_clear() -> None:
    assert said_in_clear({"ngin", "conf d"}, ["nginx conf d"]) == frozenset()


@pytest.mark.parametrize(
    "text",
    ["hunter2", "A-b_c9", "10.0.0.7", "192.0.2.77", "fe80::1", "10.0.0.0/8", "deadbeef", "ünïcödé",
     "https://user:pw@example.com/x", "0123", "漢字漢字", "9" * 12],
)  # fmt: skip
def test_a_mask_is_another_text_of_the_same_kind(text: str) -> None:
    found = other(text)
    assert found != text
    if "." not in text and ":" not in text:
        assert len(found) == len(text)
        assert found.isdigit() == text.isdigit()


def test_only_secrets_are_masked() -> None:
    settings: dict[str, Value] = {
        "pw": "hunter2",
        "on": True,
        "list": ["nginx", 12345678, 80, 1.2345678e-07],
    }
    mask = masked(settings, secret_texts(settings, {"nginx"}))
    assert mask == {
        "pw": "uhagre7",
        "on": True,
        "list": ["nginx", 67891234, 80, 1.2345678e-07 * 1.5 + 1],
    }


def test_what_differs_from_the_mask_is_derived() -> None:
    real = {"name": "run --pw=F00BAR99 now", "same": ["x"], "n": 123456}
    mask = {"name": "run --pw=S55ONE44 now", "same": ["x"], "n": 678912}
    assert set(derived_texts(real, mask)) == {"F00BAR99", "123456"}


def test_another_shape_makes_all_of_it_derived() -> None:
    assert set(derived_texts(["some text", "more"], ["some text"])) == {"some text", "more"}
    assert set(derived_texts("a longer text", "another")) == {"a longer text"}


def test_a_derived_word_too_short_to_be_found_hides_its_line() -> None:
    assert set(derived_texts("level ab of it\nsame", "level xy of it\nsame")) == {"level ab of it"}


def test_of_a_line_that_depends_on_secrets_the_rest_is_shown() -> None:
    found = shown_lines("a\nkey = F00 # x\nc", "a\nkey = B44 # x\nc")
    assert found == {"key = F00 # x": f"key = {MARK} # x"}


def test_with_more_or_fewer_lines_only_those_of_both_are_shown() -> None:
    assert shown_lines("a\nx\ny\nc", "a\nz\nc") == {"x": MARK, "y": MARK}


def test_a_line_with_more_or_fewer_words_is_hidden() -> None:
    assert shown_lines("key = a b", "key = c") == {"key = a b": MARK}


def test_settings_files_leave_no_code_on_disk(tmp_path: Path) -> None:
    tree, store = tmp_path / "tree", tmp_path / "templates"
    files = {
        "states/top.sls": "base:\n  '*':\n    - web\n",
        "states/web.sls": "a:\n  test.nop:\n    - x: {{ pillar.pw }}\n",
        "settings/top.sls": "base:\n  '*':\n    - secret\n",
        "settings/secret.sls": "{% set pw = 'hunter2hunter2' %}\npw: {{ pw }}\n",
    }
    for path, text in files.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(text)
    view = NodeView(id="n1", facts={"id": "n1"})
    compiled = compile_node(FolderFiles(tree), view, library=Library(store=CodeStore(store)))
    assert compiled.settings == {"pw": "hunter2hunter2"}
    assert compiled.asked
    written = [path.read_bytes() for path in store.iterdir()]
    assert len(written) == 1
    assert b"hunter2" not in written[0]
