"""YAML as Zester reads it."""

from __future__ import annotations

import math

import pytest
import yaml

from zester.errors import YamlError
from zester.targeting.value import Value
from zester.templating.documents.document import load


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("0644", 644),
        ("0", 0),
        ("00", 0),
        ("-0755", -0o755),
        ("08", "08"),
        ("1_000", 1000),
        ("0x1F", 31),
        ("0b101", 5),
        ("-12", -12),
        ("1:30", 90),
        ("1.5", 1.5),
        ("1e3", "1e3"),
        ("1.0e+3", 1000.0),
        ("-.inf", -math.inf),
        ("yes", True),
        ("Off", False),
        ("~", None),
        ("null", None),
        ("2020-01-01", "2020-01-01"),
        ("=", "="),
        ("'0'", "0"),
        ("!!str 5", "5"),
        ("!!int '5'", 5),
        ("!!binary aGk=", b"hi"),
        ("", None),
        ("\ufeffa: 1", {"a": 1}),
        ("!!omap [{a: 1}, {b: 2}]", {"a": 1, "b": 2}),
        (
            "base: &b {x: 1, y: 2}\nuse: {<<: *b, y: 3}",
            {"base": {"x": 1, "y": 2}, "use": {"x": 1, "y": 3}},
        ),
        (
            "a: &a {x: 1}\nb: &b {x: 2, z: 3}\nc: {<<: [*a, *b]}",
            {"a": {"x": 1}, "b": {"x": 2, "z": 3}, "c": {"x": 1, "z": 3}},
        ),
    ],
)
def test_values(text: str, wanted: Value) -> None:
    data = load(text).data
    assert data == wanted
    assert type(data) is type(wanted)


@pytest.mark.parametrize(
    "text",
    [
        "a: [1, 2.5, x, 'y', null]\nb: {c: d}\n",
        "x: |\n  text\n",
        "- a\n-\n  - b\n- {}\n",
        "x: >\n  folded\n  text\n",
    ],
)
def test_ordinary_yaml_means_what_it_means_elsewhere(text: str) -> None:
    assert load(text).data == yaml.safe_load(text)


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        ("a: 1\nb: 2\na: 3\n", "duplicate key 'a', first on line 1", 3, 1),
        ("x:\n  é: 1\n  é: 2\n", "duplicate key 'é', first on line 2", 3, 3),
        ("x: [1, 2\n", "did not find expected", 2, 1),
        ("a:\n\t- b", "cannot start any token", 2, 1),
        ("a: b: c", "mapping values are not allowed", 1, 5),
        ("1: a\ntrue: b\n", "duplicate key True", 2, 1),
        ("a: *gone", "undefined alias", 1, 4),
        ("a: !ruby/object b", "tag !ruby/object is not supported", 1, 4),
        ("a: !!python/object/apply:os.system [x]", "is not supported", 1, 4),
        ("a: !!int x", "'x' is not a !!int", 1, 4),
        ("? [a]\n: b", "cannot be a key", 1, 3),
        ("a: 1\n---\nb: 2\n", "single document", 2, 1),
        ("a: &x [*x]", "contains itself", 1, 4),
        ("a: {<<: 5}", "only mappings can be merged", 1, 9),
        ("a: \x01", "control characters", 1, 4),
        ("a: \ud800", "surrogate", 1, 4),
    ],
)
def test_errors_have_a_position(text: str, message: str, line: int, column: int) -> None:
    with pytest.raises(YamlError) as caught:
        load(text, "f.yaml")
    assert message in caught.value.message
    at = caught.value.at
    assert at is not None
    assert (at.file, at.line, at.column) == ("f.yaml", line, column)


def test_an_alias_bomb_is_an_error() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 30)]
    with pytest.raises(YamlError, match="aliases expand"):
        load("\n".join(lines))


@pytest.mark.parametrize(
    "text",
    [
        "[" * 300_000,
        "{a: " * 300_000,
        "- " * 300_000 + "a",
        "? " * 300_000 + "a",
        "\n".join(" " * depth + "a:" for depth in range(2000)),
    ],
)
def test_deep_nesting_is_an_error_not_a_crash(text: str) -> None:
    with pytest.raises(YamlError, match="nested deeper"):
        load(text)


def test_wide_json_is_not_deep() -> None:
    text = "[" + ",".join("{a: [1]}" for _ in range(500)) + "]"
    assert len(load(text).data) == 500


def test_places_of_keys_and_items_are_known() -> None:
    text = "include:\n  - a\nid:\n  pkg.installed:\n    - name: x\n"
    offsets = load(text).offsets
    assert text[offsets["include", 0] :].startswith("a\n")
    assert text[offsets["id", "pkg.installed"] :].startswith("pkg.installed")
