"""Ways into a cluster that are described well, badly, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from zester.errors import SettingsError
from zester_controller.mirror.cluster.endpoint import endpoint_of, read_account, read_kubeconfig

SECRET = "s3cr3t-token"  # noqa: S105 - of the test alone


def config(user: object, **cluster: str) -> str:
    return yaml.safe_dump(
        {
            "current-context": "c",
            "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
            "clusters": [{"name": "k", "cluster": {"server": "https://k:6443/", **cluster}}],
            "users": [{"name": "u", "user": user}],
        }
    )


def test_a_kubeconfig_is_read_and_its_token_is_not_shown(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{SECRET}\n")
    (tmp_path / "config").write_text(config({"tokenFile": "token"}))
    found = read_kubeconfig(tmp_path / "config")
    assert (found.server, found.token) == ("https://k:6443", SECRET)
    assert SECRET not in repr(found)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "not a kubeconfig"),
        ("[]", "not a kubeconfig"),
        ("{}", "not a kubeconfig"),
        (config({"exec": {"command": "aws"}}), "logs in through another program"),
        (config({}, **{"certificate-authority-data": "%"}), "is not base64"),
        (config({"tokenFile": "gone"}), "cannot be read"),
    ],
)
def test_a_kubeconfig_that_does_not_do_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "config").write_text(text)
    with pytest.raises(SettingsError, match=message):
        endpoint_of(tmp_path / "config", {})()


def test_a_pod_finds_its_cluster_by_its_service_account(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(SECRET)
    (tmp_path / "ca.crt").write_text("PEM")
    variables = {"KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"}
    found = read_account(variables, tmp_path)
    assert (found.server, found.authority, found.token) == ("https://[fd00::1]:443", "PEM", SECRET)
    with pytest.raises(SettingsError, match="no pod"):
        read_account({}, tmp_path)
