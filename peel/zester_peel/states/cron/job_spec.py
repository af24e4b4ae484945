"""Parameters that ``cron.present`` and ``cron.absent`` share."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from zester_peel.engine.fields import read_text
from zester_peel.states.account.names import AccountName
from zester_peel.states.cron.line import Command, Special, one_line


def _read_identifier(value: object) -> str | bool | None:
    """Read an identifier; False = the name, None or empty = none."""
    if value is None or value is False or value == "":
        return False if value is False else None
    return one_line(read_text(value)).strip() or None


Identifier = Annotated[str | bool | None, BeforeValidator(_read_identifier)]


class JobSpec(BaseModel):
    """A job of a user: ``name`` is its command unless there is a ``command``."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: Command
    command: Command | None = None
    user: AccountName = "root"
    identifier: Identifier = Field(default=False)
    special: Special = None

    @property
    def line(self) -> str:
        """The command as it stands in the crontab."""
        return self.name if self.command is None else self.command

    @property
    def mark(self) -> str | None:
        """What the job is found by."""
        if isinstance(self.identifier, bool):
            return self.name
        return self.identifier
