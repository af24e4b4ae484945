"""The settings of an enrolled machine: what it was enrolled as counts unless told otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zester.errors import SettingsError
from zester.trust.address import secure_urls
from zester_peel.agent.identity.identity import Identity
from zester_peel.settings import PeelSettings


def load_enrolled(config: Path | None, given: Mapping[str, Any]) -> PeelSettings:
    """Return the settings with id, environment and servers of the identity.

    Raises SettingsError when this machine has no identity, is told to be another one, or to use
    servers in clear.
    """
    settings = PeelSettings.load(config, given, lambda: "unnamed")
    servers = secure_urls(settings.url) if settings.url else ()
    identity = Identity.load(settings.state_dir)
    being = identity.being
    if identity.pin is None:
        raise SettingsError(
            "this machine believes no operator yet: it never had an answer",
            hint="`zester-peel enroll` asks again",
        )
    told = PeelSettings.load(config, given, lambda: being.id)
    named = told.model_fields_set
    for field, ours, theirs in (("id", being.id, told.id), ("env", being.env, told.env)):
        if field in named and ours != theirs:
            raise SettingsError(
                f"peel setting {field}: {theirs!r}, but this machine was enrolled as {ours!r}",
                hint=f"leave {field} out, or move {identity.folder} away and enrol again",
            )
    return told.model_copy(update={"id": being.id, "env": being.env, "url": servers or being.url})
