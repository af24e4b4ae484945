"""The redactor finds secrets however they are written, and leaves everything else alone."""

from __future__ import annotations

import base64
import json
import pickle
import random
import re
import shlex
import string
import time
import urllib.parse
from collections.abc import Callable

import pytest

from zester.errors import RenderError
from zester.telemetry.redaction.redactor import MARK, Redactor
from zester.telemetry.redaction.vault import Vault

SECRET = "Tr0ub4dor&3 'x\"\\/=ü+zeta"  # noqa: S105 - no secret of anybody
PLAIN = "correcthorse42batterystaple"


def _all_in_json(text: str) -> str:
    return json.dumps(text)[1:-1].replace("/", "\\/")


def noise(length: int) -> str:
    """Return letters, always the same."""
    source = random.Random(length)  # noqa: S311 - has to be the same each time
    return "".join(source.choices(string.ascii_letters, k=length))


@pytest.mark.parametrize("secret", [SECRET, PLAIN])
@pytest.mark.parametrize(
    "write",
    [
        str,
        str.upper,
        str.lower,
        repr,
        ascii,
        json.dumps,
        lambda text: json.dumps(text, ensure_ascii=False),
        lambda text: json.dumps(json.dumps(text)),
        shlex.quote,
        urllib.parse.quote,
        urllib.parse.quote_plus,
        lambda text: urllib.parse.quote(text, safe=""),
        lambda text: text.encode().hex(),
        lambda text: text.encode().hex().upper(),
        lambda text: base64.b64encode(text.encode()).decode(),
        lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
        lambda text: base64.b64encode(b"a" + text.encode() + b"zz").decode(),
        lambda text: base64.b64encode(b"ab" + text.encode() + b"z").decode(),
        lambda text: "'" + text.replace("'", "''") + "'",
    ],
)
def test_a_secret_is_found_in_each_spelling(secret: str, write: object) -> None:
    assert callable(write)
    written = write(secret)
    shown = Redactor([secret])(f"before {written} after")
    assert MARK in shown
    assert shown.startswith("before ")
    assert shown.endswith(" after")
    for size in range(6, len(written) - 6):
        assert written[size - 6 : size] not in shown


def test_each_line_of_a_long_text_is_a_secret() -> None:
    key = "-----BEGIN KEY-----\n" + "\n".join("ab12" * 16 + str(n) for n in range(3)) + "\n}\n"
    shown = Redactor([key])("+" + key.replace("\n", "\n+"))
    assert "ab12" not in shown
    assert "BEGIN" not in shown
    assert "+}" in shown


def test_wrapped_base64_of_a_long_text_is_found_line_by_line() -> None:
    secret = noise(300)
    wrapped = base64.encodebytes(secret.encode()).decode()
    shown = Redactor([secret])(wrapped)
    assert all(len(line.replace(MARK, "")) < 8 for line in shown.splitlines())


def test_a_text_longer_than_a_piece_is_found_whole() -> None:
    secret = noise(5000)
    assert Redactor([secret])(f"<{secret}>") == f"<{MARK}>"


def test_a_short_secret_is_hidden_only_as_a_whole_word() -> None:
    redact = Redactor(["test", "a-b+"])
    assert redact("latest test testing (test)") == f"latest {MARK} testing ({MARK})"
    assert redact("a-b+ xa-b+") == f"{MARK} xa-b+"


def test_overlapping_secrets_leave_nothing_of_either() -> None:
    redact = Redactor(["abcdefghij", "ghijklmnop"])
    assert redact("-abcdefghijklmnop-") == f"-{MARK}-"


def test_what_is_no_secret_stays_as_it_is() -> None:
    redact = Redactor([SECRET])
    text = "nothing to see here: 42 " * 10
    assert redact(text) is text
    assert redact.value({"a": [1, None, True, "x"], "b": 2.5}) == {
        "a": [1, None, True, "x"],
        "b": 2.5,
    }


def test_a_redacted_text_is_not_changed_again() -> None:
    redact = Redactor([PLAIN])
    assert redact(redact(f"x {PLAIN}")) == f"x {MARK}"


def test_values_are_redacted_at_any_depth_with_their_keys() -> None:
    redact = Redactor([PLAIN, "12345678"])
    value = {PLAIN: [PLAIN, {"x": (PLAIN.encode(), 12345678)}]}
    assert redact.value(value) == {MARK: [MARK, {"x": (MARK, MARK)}]}


@pytest.mark.parametrize("number", [12345678, 2021.5, -12.25, 1e300, 1e-07])
def test_a_number_is_hidden_when_it_is_a_secret_and_only_then(number: float) -> None:
    assert Redactor([str(number)]).value([number]) == [MARK]
    assert Redactor([PLAIN]).value([number]) == [number]


def test_a_vault_looks_for_all_it_holds_at_once() -> None:
    vault = Vault()
    vault.hold(["earlier-secret"])
    vault.hold(["later-secret"])
    vault.add(["derived of it"])
    value = {"earlier-secret": ["later-secret", 7], "x": "derived of it: earlier-secret"}
    assert vault.value(value) == {MARK: [MARK, 7], "x": f"{MARK}: {MARK}"}


@pytest.mark.parametrize("known", [(), ("known before",)])
def test_a_vault_takes_over_what_another_process_derived(known: tuple[str, ...]) -> None:
    vault = Vault()
    vault.hold(["held-secret"])
    vault.add(known)
    derived = pickle.dumps(Redactor(["derived-secret"]).ready())
    vault.take(pickle.loads(derived))  # noqa: S301 - our own
    text = " ".join(["held-secret", "derived-secret", *known])
    assert vault(text).replace(MARK, "").strip() == ""
    vault.add(["later-secret"])
    assert vault("derived-secret later-secret") == f"{MARK} {MARK}"


def test_neither_redactor_nor_vault_shows_what_it_holds() -> None:
    vault = Vault()
    vault.hold([PLAIN])
    assert PLAIN not in repr(vault) + repr(Redactor([PLAIN]))


def test_ten_thousand_secrets_cost_little_more_than_one() -> None:
    digits = noise(10_000 * 16)
    secrets = [f"canary-{digits[at : at + 16]}" for at in range(0, len(digits), 16)]
    redact = Redactor(secrets)
    filler = "canary- the quick brown fox jumps over canary-00 0123456789abcdef "
    text = filler * (1024 * 1024 // len(filler))
    text = text[: len(text) // 2] + secrets[77] + text[len(text) // 2 :]
    begun = time.process_time()
    shown = redact(text)
    took = time.process_time() - begun
    assert secrets[77] not in shown
    assert shown.count(MARK) == 1
    assert took < 3, f"{took:.2f} s for a megabyte"


def test_older_secrets_are_hidden_until_they_are_released() -> None:
    vault = Vault()
    vault.hold(["old-secret-text"])
    vault.hold(["new-secret-text"])
    vault.add(["derived-secret-text"])
    text = "old-secret-text new-secret-text derived-secret-text"
    assert vault(text) == f"{MARK} {MARK} {MARK}"
    vault.release()
    assert vault(text) == f"old-secret-text {MARK} {MARK}"


def test_an_error_loses_its_secrets_in_place() -> None:
    vault = Vault()
    vault.hold([PLAIN])
    error = RenderError(f"bad {PLAIN}", excerpt=f"x: {PLAIN}\n^", hint=f"not {PLAIN}")
    vault.error(error)
    assert PLAIN not in f"{error} {error.args} {error.excerpt} {error.hint} {error!r}"


def test_a_text_that_was_clean_is_looked_at_again_when_there_is_more_to_hide() -> None:
    redactor = Redactor([PLAIN])
    assert redactor("a word like zanzibar") == "a word like zanzibar"
    assert redactor.with_more(["zanzibar"])("a word like zanzibar") == f"a word like {MARK}"


@pytest.mark.parametrize("escape", [_all_in_json, urllib.parse.quote_plus, re.escape])
def test_a_path_is_found_in_its_quoted_forms(escape: Callable[[str], str]) -> None:
    path = "/srv/my-apps/v1.2/key"
    assert path not in escape(path)
    assert Redactor([path])(f"it is {escape(path)} there") == f"it is {MARK} there"
