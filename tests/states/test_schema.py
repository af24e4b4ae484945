"""What is generated from the state models."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from zester_peel.states.reference.generated import generated

ROOT = Path(__file__).parents[2]

GOOD_STATES = [
    "{}",
    "include: [web, .x, {base: y}]\nexclude: [{id: a}]\n",
    "motd:\n  file.managed:\n    - path: /etc/motd\n    - mode: '0644'\n    - require: [file: x]\n",
    "motd: {file: [managed, {contents: x}]}\n",
    "a: {test.nop: []}\nb: test.nop\nc: {custom.thing: [{any: 1}]}\n",
    "a:\n  cmd.run:\n    - cmd: ls\n    - onlyif: 'true'\n    - listen_in: [service: x]\n",
    "extend: {a: {file.managed: [{mode: 600}]}}\n",
]
BAD_STATES = [
    "motd: {file.managed: [{nmae: x}]}\n",
    "motd: {file.managed: {name: x}}\n",
    "motd: {file.managed: [{user: [1]}]}\n",
    "motd: 5\n",
    "motd: {}\n",
    "motd: nothing\n",
    "include: web\n",
    "motd: {file: [manged]}\n",
]


@cache
def made() -> Mapping[str, str]:
    """What is generated, by its path."""
    return generated()


@cache
def validator(schema: str) -> Draft202012Validator:
    loaded = json.loads(made()[f"schemas/{schema}.schema.json"])
    Draft202012Validator.check_schema(loaded)
    return Draft202012Validator(loaded)


@pytest.mark.parametrize("name", sorted(made()))
def test_a_generated_file_is_up_to_date(name: str) -> None:
    written = (ROOT / name).read_text(encoding="utf-8")

    assert written == made()[name], "run: python -m zester_peel.states.reference"


def _valid(schema: str, text: str) -> bool:
    return bool(validator(schema).is_valid(yaml.safe_load(text)))


@pytest.mark.parametrize("text", GOOD_STATES)
def test_a_good_state_file_is_valid(text: str) -> None:
    assert _valid("state-file", text)


@pytest.mark.parametrize("text", BAD_STATES)
def test_a_bad_state_file_is_not_valid(text: str) -> None:
    assert not _valid("state-file", text)


def test_top_files() -> None:
    assert _valid("top-file", "base: {'*': [web, {match: glob}], 'a*': web}\n")
    assert not _valid("top-file", "base: ['*']\n")
    assert not _valid("top-file", "base: {'*': [{mtach: glob}]}\n")
