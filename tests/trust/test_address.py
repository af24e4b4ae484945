"""Only encrypted addresses are taken, and none of them carries a secret."""

from __future__ import annotations

import pytest

from zester.errors import SettingsError
from zester.trust.address import host_of, secure_url, secure_urls


def test_an_address_gets_its_port() -> None:
    assert secure_url("tls://nats.example.com") == "tls://nats.example.com:4222"
    assert secure_url("tls://[::1]:1") == "tls://[::1]:1"
    assert host_of("tls://[::1]:1") == "::1"


def test_several_addresses_are_split_at_commas() -> None:
    assert secure_urls("tls://a, tls://b:7,") == ("tls://a:4222", "tls://b:7")


@pytest.mark.parametrize("url", ["nats://a:4222", "ws://a", "a:4222", "nats.example.com"])
def test_connections_in_clear_are_refused_with_the_address_to_use(url: str) -> None:
    with pytest.raises(SettingsError, match="connections in clear are refused") as caught:
        secure_url(url)
    assert caught.value.hint is not None
    assert caught.value.hint.startswith("use tls://")


@pytest.mark.parametrize(
    "url", ["http://a", "tls://", "tls://a:x", "tls://a/b", "tls://a?x", "tls://[1"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(SettingsError):
        secure_url(url)


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(SettingsError) as caught:
        secure_url("tls://me:hunter2@a:4222")
    assert "hunter2" not in str(caught.value) + str(caught.value.hint)


def test_no_server_at_all_is_refused() -> None:
    with pytest.raises(SettingsError, match="no server is named"):
        secure_urls(" , ")
