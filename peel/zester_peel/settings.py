"""How one peel is configured: file, then environment, then command line."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from zester.errors import InvalidKey, SettingsError
from zester.resources.ids import Name, parse_node_id
from zester.telemetry.probes import ProbeAddress

CONFIG_FILE = Path("/etc/zester/peel.yaml")
STATE_DIR = Path("/var/lib/zester/peel")
ENVIRONMENT = "ZESTER_PEEL_"


class PeelSettings(BaseModel):
    """Everything a peel can be told.

    Times in seconds. ``url`` are the servers; empty = where it was enrolled. ``root`` other than
    ``/`` maps every managed path below that folder.
    ``bus_resync`` is how often the heads are read without a hint, ``host_resync`` how often every
    state is looked at without an event; both ± 20 %. ``facts_interval`` is how often programs are
    asked for facts, each for at most ``facts_timeout``. ``contested_after`` corrections of one
    state within ``contested_window`` make it Contested. With ``failhard`` a run ends at its first
    failure. ``probe`` is ``host:port`` for health and metrics; empty = none, port 0 = any free one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    url: tuple[str, ...] = ()
    env: Name = "base"
    root: Path = Path("/")
    state_dir: Path = STATE_DIR
    bus_resync: Annotated[float, Field(ge=1)] = 60.0
    host_resync: Annotated[float, Field(ge=1)] = 600.0
    facts_interval: Annotated[float, Field(ge=1)] = 300.0
    facts_timeout: Annotated[float, Field(gt=0)] = 10.0
    poll_interval: Annotated[float, Field(ge=0.05)] = 2.0
    lease_ttl: Annotated[float, Field(ge=3)] = 30.0
    contested_after: Annotated[int, Field(ge=2)] = 10
    contested_window: Annotated[float, Field(ge=1)] = 60.0
    concurrency: Annotated[int, Field(ge=1, le=256)] = 8
    failhard: bool = False
    cache_limit: Annotated[int, Field(ge=1024 * 1024)] = 2 * 1024**3
    probe: ProbeAddress = "127.0.0.1:9090"

    @field_validator("id")
    @classmethod
    def _valid_id(cls, value: str) -> str:
        try:
            return parse_node_id(value)
        except InvalidKey as error:
            raise ValueError(error.message) from error

    @field_validator("url", mode="before")
    @classmethod
    def _split_urls(cls, value: object) -> object:
        return tuple(filter(None, value.split(","))) if isinstance(value, str) else value

    @field_validator("root", "state_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.absolute()

    @classmethod
    def load(
        cls, config: Path | None, overrides: Mapping[str, Any], default_id: Callable[[], str]
    ) -> Self:
        """Merge file, ``ZESTER_PEEL_*`` variables and overrides (None = not given).

        ``default_id`` names a machine that none of them names. Raises SettingsError that names the
        place and the field.
        """
        values = _from_file(config)
        for name in cls.model_fields:
            variable = os.environ.get(ENVIRONMENT + name.upper())
            if variable:
                values[name] = variable
        values.update({name: value for name, value in overrides.items() if value is not None})
        if "id" not in values:
            values["id"] = default_id()
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            field = str(first["loc"][0])
            if field not in cls.model_fields:
                known = ", ".join(cls.model_fields)
                raise SettingsError(
                    f"{config or CONFIG_FILE}: unknown setting {field!r}", hint=f"there are {known}"
                ) from error
            raise SettingsError(
                f"peel setting {field}: {first['msg']}",
                hint=f"it is from {config or CONFIG_FILE}, {ENVIRONMENT}{field.upper()} or a flag",
            ) from error


def _from_file(config: Path | None) -> dict[str, Any]:
    path = config or CONFIG_FILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        if config is None:
            return {}
        raise SettingsError(f"{config}: there is no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: {error}") from error
    import yaml  # only when there is a file: most of a peel's memory is what it imports

    try:
        values = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise SettingsError(f"{path}: {error}") from error
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise SettingsError(f"{path}: the file is not a mapping of settings")
    return values
