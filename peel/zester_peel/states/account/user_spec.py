"""Parameters of ``user.present``."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from zester_peel.engine.fields import Flag
from zester_peel.states.account.names import (
    AccountId,
    AccountName,
    AccountNames,
    FieldText,
    GroupReference,
    Secret,
)

_NOT_IN_HASHES = ":\n\r\0"


def _read_optional_text(value: object) -> object:
    return None if value == "" else value


def _read_home(value: object) -> object:
    if not isinstance(value, str) or not value:
        return None if value == "" else value
    if not value.startswith("/"):
        raise ValueError(f"{value!r} is not an absolute path")
    return value.rstrip("/") or "/"


def _refuse_windows(value: object) -> None:
    if value is not None:
        raise ValueError("only Windows has it")


def _read_days(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError(f"{value!r} is not a number of days")
    return None if value == "" else value


Days = Annotated[int | None, BeforeValidator(_read_days), Field(ge=-1, le=2**31 - 1)]
OptionalText = Annotated[FieldText | None, BeforeValidator(_read_optional_text)]
Home = Annotated[FieldText | None, BeforeValidator(_read_home)]
Windows = Annotated[None, BeforeValidator(_refuse_windows)]


class UserSpec(BaseModel):
    """Parameters of ``user.present``.

    ``loginclass`` is accepted for state files that also serve BSD. Days count from 1970-01-01.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", defer_build=True, hide_input_in_errors=True
    )

    name: AccountName
    uid: AccountId = None
    gid: GroupReference = None
    primary_group: AccountName | None = None
    usergroup: Flag | None = None
    groups: AccountNames | None = None
    optional_groups: AccountNames | None = None
    remove_groups: Flag = True
    home: Home = None
    createhome: Flag = True
    persist_home: Flag = False
    password: Secret | None = None
    hash_password: Flag = False
    enforce_password: Flag = True
    empty_password: Flag = False
    password_lock: Flag | None = None
    shell: OptionalText = None
    unique: Flag = True
    system: Flag = False
    fullname: FieldText | None = None
    roomnumber: FieldText | None = None
    workphone: FieldText | None = None
    homephone: FieldText | None = None
    other: FieldText | None = None
    loginclass: FieldText | None = None
    date: Days = None
    mindays: Days = None
    maxdays: Days = None
    inactdays: Days = None
    warndays: Days = None
    expire: Days = None
    win_homedrive: Windows = None
    win_profile: Windows = None
    win_logonscript: Windows = None
    win_description: Windows = None
    nologinit: Flag = False
    allow_uid_change: Flag = False
    allow_gid_change: Flag = False
    local: Flag = False

    @model_validator(mode="after")
    def _possible(self) -> UserSpec:
        for field in ("fullname", "roomnumber", "workphone", "homephone"):
            if "," in (getattr(self, field) or ""):
                raise ValueError(f"{field} has a comma, which separates it from the next field")
        if self.empty_password and self.password_lock:
            raise ValueError("empty_password and password_lock exclude each other")
        if self.password is not None and not self.hash_password:
            secret = self.password.get_secret_value()
            if any(letter in secret for letter in _NOT_IN_HASHES):
                raise ValueError("password is no hash: it has a colon or ends a line")
        return self

    @property
    def primary(self) -> int | str | None:
        """The primary group as wished; a name wins over a number."""
        if isinstance(self.gid, str) or self.primary_group is None:
            return self.gid
        return self.primary_group

    @property
    def gecos(self) -> tuple[str | None, ...]:
        """The five parts of the comment field; None = stays."""
        return (self.fullname, self.roomnumber, self.workphone, self.homephone, self.other)
