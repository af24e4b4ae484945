"""Keys in NATS's text form, and the tokens they sign."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zester.errors import BadSignature, InvalidToken, SettingsError, Untrusted
from zester.trust.credentials import Credentials, parse_credentials, read_credentials
from zester.trust.nkeys import KeyKind, KeyPair, decode_public, public_kind, verify
from zester.trust.realm import Realm
from zester.trust.tiers import Tier
from zester.trust.tokens import Token, encode_part, mint, read_token

ACCOUNT = KeyPair.generate(KeyKind.ACCOUNT)
USER = KeyPair.generate(KeyKind.USER)
TOKEN = mint(ACCOUNT, USER.public, "somebody", {"type": "user"}, expires=time.time() + 60)


@pytest.mark.parametrize(
    ("kind", "letter"),
    [(KeyKind.OPERATOR, "O"), (KeyKind.ACCOUNT, "A"), (KeyKind.USER, "U")],
)
def test_a_key_survives_its_text_forms(kind: KeyKind, letter: str) -> None:
    key = KeyPair.generate(kind)
    assert key.public.startswith(letter)
    assert key.seed.startswith("S" + letter)
    again = KeyPair.from_seed(f" {key.seed}\n")
    assert (again.public, again.kind) == (key.public, kind)
    assert public_kind(key.public) is kind
    assert verify(key.public, b"data", again.sign(b"data"))
    assert not verify(key.public, b"datA", again.sign(b"data"))


def test_the_text_is_that_of_the_reference_format() -> None:
    # Seed bytes 0…31; the texts are those that the official nkeys package reads and gives.
    key = KeyPair(KeyKind.USER, bytes(range(32)))
    assert key.seed == "SUAAAAICAMCAKBQHBAEQUCYMBUHA6EARCIJRIFIWC4MBSGQ3DQOR4H776Y"
    assert key.public == "UAB2CB576PHBBPQ5ODORRZ2LYCMWPZGWGCN2KDK7DXOIMZASKUY3RLKK"


def test_a_private_key_does_not_show_itself() -> None:
    for shown in (repr(USER), str(USER), f"{USER}", repr(Credentials(TOKEN, USER))):
        assert USER.seed not in shown
        assert USER.secret.hex() not in shown


@given(st.text(max_size=80))
def test_no_text_that_is_not_a_key_is_taken_for_one(text: str) -> None:
    for read in (KeyPair.from_seed, public_kind, lambda each: decode_public(each, KeyKind.USER)):
        with pytest.raises(InvalidToken) as refused:
            read(text)
        assert text == "" or text not in str(refused.value) or len(text) < 60


@given(st.integers(0, 57), st.characters(codec="ascii"))
def test_a_key_with_one_other_character_is_no_key(place: int, char: str) -> None:
    for text, read in ((USER.public, public_kind), (USER.seed, KeyPair.from_seed)):
        at = place % len(text)
        changed = text[:at] + char + text[at + 1 :]
        if changed.strip() != text:
            with pytest.raises(InvalidToken):
                read(changed)


def test_a_token_says_who_issued_what_to_whom() -> None:
    token = read_token(TOKEN)
    assert isinstance(token, Token)
    assert (token.issuer, token.subject, token.name) == (ACCOUNT.public, USER.public, "somebody")
    assert token.kind == "user"
    assert token.expires is not None
    assert token.expires > token.issued


@settings(max_examples=300)
@given(st.integers(0, len(TOKEN) - 1), st.characters(codec="ascii"))
def test_a_token_with_one_other_character_is_refused(place: int, char: str) -> None:
    changed = TOKEN[:place] + char + TOKEN[place + 1 :]
    if changed != TOKEN:
        with pytest.raises((InvalidToken, BadSignature)):
            read_token(changed)


@given(st.one_of(st.text(), st.lists(st.text(), min_size=3, max_size=3).map(".".join)))
def test_no_text_crashes_the_reading_of_tokens(text: str) -> None:
    with pytest.raises(Untrusted):
        read_token(text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=10,
    )
)
def test_signed_nonsense_is_refused(claims: object) -> None:
    header = encode_part(b'{"typ":"JWT","alg":"ed25519-nkey"}')
    body = f"{header}.{encode_part(json.dumps(claims).encode())}"
    with pytest.raises(Untrusted):
        read_token(f"{body}.{encode_part(ACCOUNT.sign(body.encode()))}")


@pytest.mark.parametrize(
    "header",
    [{"typ": "JWT", "alg": "none"}, {"typ": "JWT", "alg": "HS256"}, {"alg": "ed25519-nkey"}],
)
def test_a_token_of_another_algorithm_is_refused(header: dict[str, str]) -> None:
    parts = TOKEN.split(".")
    body = f"{encode_part(json.dumps(header).encode())}.{parts[1]}"
    with pytest.raises(InvalidToken, match="algorithm"):
        read_token(f"{body}.{encode_part(ACCOUNT.sign(body.encode()))}")


def test_deeply_nested_claims_do_not_exhaust_the_stack() -> None:
    body = f"{TOKEN.split('.')[0]}.{encode_part(b'[' * 200_000)}"
    with pytest.raises(InvalidToken):
        read_token(f"{body}.x")


def test_credentials_survive_their_file() -> None:
    credentials = Realm.generate().issue("base", Tier.OPERATOR, "ann")
    again = parse_credentials(credentials.encode())
    assert again.token == credentials.token
    assert again.key.public == credentials.key.public
    assert again.name == "ann"


def test_credentials_of_somebody_else_are_refused() -> None:
    realm = Realm.generate()
    one, other = (realm.issue("base", Tier.OPERATOR, name) for name in ("one", "other"))
    mixed = Credentials(one.token, other.key).encode()
    with pytest.raises(InvalidToken, match="not that of the token") as refused:
        parse_credentials(mixed)
    assert other.key.seed not in str(refused.value)


def test_credentials_that_others_can_read_are_refused(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = tmp_path_factory.mktemp("creds") / "a.creds"
    path.write_text(Realm.generate().issue("base", Tier.OPERATOR, "ann").encode())
    path.chmod(0o644)
    with pytest.raises(SettingsError, match="others can read it"):
        read_credentials(path)
    path.chmod(0o600)
    assert read_credentials(path).name == "ann"
    path.write_text("garbage")
    with pytest.raises(InvalidToken, match="not a credentials file"):
        read_credentials(path)
