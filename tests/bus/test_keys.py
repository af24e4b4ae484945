"""The key grammar."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zester.bus.keys import (
    check_filter,
    escape_token,
    make_key,
    split_key,
    unescape_token,
)
from zester.errors import InvalidKey
from zester.resources.ids import parse_name, parse_node_id


def test_a_node_id_is_one_token() -> None:
    assert escape_token("web-01.example.com") == "web-01=2Eexample=2Ecom"


@given(st.text(min_size=1))
def test_every_text_survives_escaping(text: str) -> None:
    token = escape_token(text)

    assert unescape_token(token) == text
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-/=")


@given(st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=4))
def test_a_key_gives_back_what_it_was_made_of(texts: list[str]) -> None:
    assert split_key(make_key(*texts)) == tuple(texts)


def test_empty_tokens_are_refused_because_the_server_never_answers_them() -> None:
    with pytest.raises(InvalidKey):
        escape_token("")
    with pytest.raises(InvalidKey):
        make_key("a", "")
    with pytest.raises(InvalidKey):
        make_key()


@pytest.mark.parametrize("bad", ["a b", "a..b", ".a", "a.", "a.>.b", "=4", "=4g", "a\r\nPUB x", ""])
def test_what_is_not_a_filter_is_refused(bad: str) -> None:
    with pytest.raises(InvalidKey):
        check_filter(bad)


@pytest.mark.parametrize("good", ["a", "a.b", "*", ">", "a.*", "a.>", "a=2Eb.c"])
def test_keys_and_wildcards_are_filters(good: str) -> None:
    assert check_filter(good) == good


@pytest.mark.parametrize("bad", ["", ".", "-a", "a..b", "a b", "a\n", "ä", "x" * 256, "*", "a/b"])
def test_what_is_not_a_node_id_is_refused(bad: str) -> None:
    with pytest.raises(InvalidKey):
        parse_node_id(bad)


@pytest.mark.parametrize("bad", ["", "a.b", "a b", "-", "*", "x" * 65])
def test_what_is_not_an_environment_name_is_refused(bad: str) -> None:
    with pytest.raises(InvalidKey, match="environment"):
        parse_name(bad, "environment")
