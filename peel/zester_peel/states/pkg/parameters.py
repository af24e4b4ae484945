"""Parameters that several package states have."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from zester_peel.engine.fields import Flag, read_flag
from zester_peel.states.pkg.providers.protocol import Options
from zester_peel.states.pkg.wanted import (
    Condition,
    PackageName,
    Packages,
    Repositories,
    Repository,
    Wanted,
)


def _maybe_flag(value: object) -> bool | None:
    return None if value is None else read_flag(value)


MaybeFlag = Annotated[bool | None, BeforeValidator(_maybe_flag)]


class NamedPackages(BaseModel):
    """Which packages: ``pkgs``, or else the one called ``name``."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: PackageName
    version: Condition = None
    pkgs: Packages | None = None

    def wanted(self) -> Wanted:
        """Return the names with their version conditions."""
        return ((self.name, self.version),) if self.pkgs is None else self.pkgs


class FromRepositories(NamedPackages):
    """Where packages come from and how they are fetched; ``cache_valid_time`` in seconds."""

    refresh: MaybeFlag = None
    cache_valid_time: float | None = Field(None, ge=0)
    fromrepo: Repository | None = None
    enablerepo: Repositories = ()
    disablerepo: Repositories = ()
    skip_verify: Flag = False
    install_recommends: MaybeFlag = None
    only_upgrade: Flag = False
    update_holds: Flag = False

    def options(self) -> Options:
        """Return how the package manager is to be called."""
        return Options(
            fromrepo=self.fromrepo,
            skip_verify=self.skip_verify,
            install_recommends=self.install_recommends,
            only_upgrade=self.only_upgrade,
            update_holds=self.update_holds,
            disablerepo=self.disablerepo,
            enablerepo=self.enablerepo,
        )
