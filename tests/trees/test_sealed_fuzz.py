"""Rubbish for the readers of everything that sealing brought."""

from __future__ import annotations

import json
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from zester.compiler.checks.include_names import include_names
from zester.errors import InvalidDocument, InvalidToken, Untrusted
from zester.resources.sealing.grants import GrantedKeys, Grants
from zester.resources.sealing.keyring_request import KeyringAnswer, KeyringRequest
from zester.resources.sealing.scope_keys import ScopeKeys
from zester.resources.sealing.sealed_value import SealedValue
from zester.trees.sealed.scopes import read_half, scope_of
from zester.trust.sealing import BoxKey

KEY = BoxKey.generate()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
NAMES = ("id", "serial", "scopes", "mark", "box", "keys", "scope", "halves", "rotate", "version")


@given(
    st.binary()
    | st.dictionaries(st.sampled_from(NAMES), JSON).map(lambda x: json.dumps(x).encode())
)
def test_documents_are_read_or_refused(data: bytes) -> None:
    for model in (Grants, GrantedKeys, ScopeKeys, KeyringRequest, KeyringAnswer):
        with suppress(InvalidDocument):
            model.decode(data)


@given(st.text() | st.from_regex(r"zsc1:[0-9]{1,12}:[A-Za-z0-9_-]{60,90}", fullmatch=True))
def test_encrypted_values_are_read_or_refused(text: str) -> None:
    with suppress(InvalidToken):
        value = SealedValue.parse(text)
        if value is not None:
            assert str(value) == text
            with suppress(Untrusted):
                value.open(KEY)


@given(st.binary())
def test_halves_are_read_or_refused(data: bytes) -> None:
    with suppress(InvalidToken):
        read_half(data, "cli.x", 1, KEY.public)
        raise AssertionError("rubbish was taken for a key")


@given(st.text(st.sampled_from("include: -[]{}'\"#%\n\tab."), max_size=200) | st.text())
def test_includes_are_found_in_any_text(text: str) -> None:
    assert all(name is None or name for _, name in include_names(text))


@given(st.text(min_size=1, max_size=300))
def test_every_path_has_a_scope_that_is_a_key(path: str) -> None:
    with suppress(UnicodeEncodeError):
        scope = scope_of("cli", path)
        assert scope.count(".") == 1
        assert len(scope) <= 1024
