"""Where the API server is, whom to believe there, and who we are."""

from __future__ import annotations

import base64
import binascii
import ssl
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

import yaml

from zester.dataclass import dataclass
from zester.errors import SettingsError

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """``authority``, ``certificate`` and ``key`` are PEM texts."""

    server: str
    authority: str | None = None
    token: str | None = field(default=None, repr=False)
    certificate: str | None = None
    key: str | None = field(default=None, repr=False)

    def context(self) -> ssl.SSLContext | bool:
        """Return how to check the server and prove ourselves; True for plain HTTP."""
        if not self.server.startswith("https:"):
            return True
        try:
            context = ssl.create_default_context(cadata=self.authority)
            if self.certificate and self.key:
                # The library reads files only; this one is private and gone at once.
                with tempfile.NamedTemporaryFile("w", suffix=".pem") as pem:
                    pem.write(f"{self.certificate}\n{self.key}\n")
                    pem.flush()
                    context.load_cert_chain(pem.name)
        except (ssl.SSLError, OSError) as error:
            raise SettingsError(
                f"certificates for {self.server} cannot be used: {error}"
            ) from error
        return context


FindEndpoint = Callable[[], Endpoint]
"""Asked again after a refusal and from time to time: tokens are replaced while we run."""


def endpoint_of(
    kubeconfig: Path | None, environment: Mapping[str, str], account: Path = SERVICE_ACCOUNT
) -> FindEndpoint:
    """Return what finds the API server: a kubeconfig, else the pod's service account."""
    if kubeconfig is not None:
        return lambda: read_kubeconfig(kubeconfig)
    return lambda: read_account(environment, account)


def read_account(environment: Mapping[str, str], account: Path) -> Endpoint:
    """Read the service account of the pod we run in; raises SettingsError."""
    host, port = (environment.get(f"KUBERNETES_SERVICE_{name}") for name in ("HOST", "PORT"))
    if not host:
        raise SettingsError(
            "this is no pod of a Kubernetes cluster, and no kubeconfig is named",
            hint="set ZESTER_MASTER_KUBECONFIG, or run the master in the cluster",
        )
    shown = f"[{host}]" if ":" in host else host
    return Endpoint(
        f"https://{shown}:{port or 443}",
        authority=_text(account / "ca.crt"),
        token=_text(account / "token").strip(),
    )


def read_kubeconfig(path: Path) -> Endpoint:
    """Read the current context of a kubeconfig; raises SettingsError that repeats no secret."""
    try:
        config = yaml.safe_load(_text(path))
        context = _named(config, "contexts", config["current-context"])["context"]
        cluster = _named(config, "clusters", context["cluster"])["cluster"]
        user = _named(config, "users", context["user"])["user"] or {}
        server = str(cluster["server"])
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise SettingsError(
            f"{path}: not a kubeconfig with a current context, a cluster and a user"
        ) from error
    if "exec" in user or "auth-provider" in user:
        raise SettingsError(
            f"{path}: its user logs in through another program, which a master does not run",
            hint="give it a token: `kubectl create token`, or a service account",
        )
    token = user.get("token")
    if "tokenFile" in user:
        token = _text(path.parent / user["tokenFile"]).strip()
    return Endpoint(
        server.rstrip("/"),
        authority=_pem(path, cluster, "certificate-authority"),
        token=token,
        certificate=_pem(path, user, "client-certificate"),
        key=_pem(path, user, "client-key"),
    )


def _named(config: Mapping[str, Any], section: str, name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = {each["name"]: each for each in config[section]}[name]
    return found


def _pem(path: Path, part: Mapping[str, Any], name: str) -> str | None:
    data = part.get(f"{name}-data")
    if data:
        try:
            return base64.b64decode(data, validate=True).decode("ascii")
        except (binascii.Error, ValueError):
            raise SettingsError(f"{path}: {name}-data is not base64") from None
    return _text(path.parent / part[name]) if part.get(name) else None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}") from error
