"""How the master is configured: environment, then command line."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from zester.errors import SettingsError
from zester.resources.ids import Name
from zester.telemetry.probes import ProbeAddress

ENVIRONMENT = "ZESTER_MASTER_"


class MasterSettings(BaseModel):
    """Everything the master can be told. Times in seconds.

    ``keep_interval`` is how often buckets are checked, ``rollup_interval`` how often the fleet is
    counted without an event. ``trust`` is the master's trust folder; ``url`` are other servers than
    it names. ``probe`` is ``host:port`` for health and metrics; empty = none.

    A machine without a join token waits for an operator unless its id matches a glob of
    ``enroll_allow``, or ``enroll_policy`` is ``all``. A peel's credentials live
    ``token_lifetime``; one that was away for up to ``token_grace`` more comes back by itself.

    ``kube_cluster`` is the id of the Kubernetes cluster whose objects are mirrored, none if empty.
    ``kube_trust`` is the folder of the publisher ``kube/CLUSTER``; ``kube_namespaces`` the only
    namespaces to look at; ``kubeconfig`` tells the way in instead of the pod's service account;
    everything is listed anew every ``kube_resync``. ``kube_watch`` are kinds that objects refer to,
    watched where a label asks for it. ``kube_peels`` is the target of the peels that are shown as
    objects (none if empty), ``kube_enrollments`` whether machines that ask are; both
    in the namespace ``kube_home``, else in the one the master runs in.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(min_length=1, max_length=255)]
    trust: Path
    url: tuple[str, ...] = ()
    keep_interval: Annotated[float, Field(ge=1)] = 60.0
    rollup_interval: Annotated[float, Field(ge=0.1)] = 10.0
    lease_ttl: Annotated[float, Field(ge=3)] = 15.0
    probe: ProbeAddress = "127.0.0.1:9091"
    enroll_policy: Literal["manual", "all"] = "manual"
    enroll_allow: tuple[str, ...] = ()
    token_lifetime: Annotated[float, Field(ge=3, le=366 * 86_400)] = 86_400.0
    token_grace: Annotated[float, Field(ge=0, le=3660 * 86_400)] = 30 * 86_400.0
    kube_cluster: Name | Literal[""] = ""
    kube_trust: Path | None = None
    kube_namespaces: tuple[str, ...] = ()
    kubeconfig: Path | None = None
    kube_resync: Annotated[float, Field(ge=1)] = 600.0
    kube_watch: tuple[Literal["configmaps", "secrets"], ...] = ()
    kube_peels: Annotated[str, Field(max_length=1024)] = ""
    kube_enrollments: bool = False
    kube_home: Annotated[str, Field(max_length=63)] = ""

    @field_validator("url", "enroll_allow", "kube_namespaces", "kube_watch", mode="before")
    @classmethod
    def _split_urls(cls, value: object) -> object:
        return tuple(filter(None, value.split(","))) if isinstance(value, str) else value

    @classmethod
    def load(cls, overrides: Mapping[str, Any]) -> Self:
        """Merge ``ZESTER_MASTER_*`` variables and overrides (None = not given).

        Raises SettingsError that names the field.
        """
        values: dict[str, Any] = {
            name: os.environ[ENVIRONMENT + name.upper()]
            for name in cls.model_fields
            if os.environ.get(ENVIRONMENT + name.upper())
        }
        values.update({name: value for name, value in overrides.items() if value is not None})
        values.setdefault("id", f"{socket.gethostname()}-{os.getpid()}")
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            if first["type"] == "missing":
                raise SettingsError(
                    "a master needs a trust folder",
                    hint=f"set {ENVIRONMENT}TRUST or --trust to masters/ENV of the folder that "
                    "`zester trust init` made",
                ) from error
            field = ".".join(str(part) for part in first["loc"])
            raise SettingsError(
                f"master setting {field}: {first['msg']}",
                hint=f"set {ENVIRONMENT}{field.upper()} or --{field.replace('_', '-')}",
            ) from error
