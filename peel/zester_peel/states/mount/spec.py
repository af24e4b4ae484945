"""Parameters that the states of mounts share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field

from zester_peel.engine.fields import Flag, Text, Texts, read_text
from zester_peel.states.file.place import AbsolutePath
from zester_peel.states.mount.fstab import KEYS, Entry

FSTAB = "/etc/fstab"


def _plain(text: str) -> str:
    if not text or not text.isprintable():
        raise ValueError(f"{text!r} is empty or has characters that cannot be printed")
    return text


def _fstype(text: str) -> str:
    if not re.fullmatch(r"[a-zA-Z0-9][\w.,-]*", text, re.ASCII):
        raise ValueError(f"{text!r} cannot be the name of a file system")
    return text


def _read_options(value: object) -> tuple[str, ...]:
    """Read options: a list, a text with commas, or both."""
    given = value if isinstance(value, list | tuple) else [value]
    found = [part for each in given for part in read_text(each).split(",") if part]
    return tuple(_plain(each) for each in found)


def _read_match_on(value: object) -> tuple[str, ...]:
    keys = tuple(map(read_text, value)) if isinstance(value, list | tuple) else (read_text(value),)
    unknown = [key for key in keys if key not in KEYS]
    if not keys or (unknown and keys != ("auto",)):
        raise ValueError(f"there are {', '.join(KEYS)} to match on, or auto alone")
    return keys


def _read_tables(value: object) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, Mapping):
        raise ValueError("expected a map of file systems to lists of options")
    return {read_text(key): _read_options(each) for key, each in value.items()}


Printable = Annotated[Text, AfterValidator(_plain)]
Fstype = Annotated[Text, AfterValidator(_fstype)]
Options = Annotated[tuple[str, ...], BeforeValidator(_read_options)]
MatchOn = Annotated[tuple[str, ...], BeforeValidator(_read_match_on)]
Tables = Annotated[dict[str, tuple[str, ...]], BeforeValidator(_read_tables)]
PrintablePath = Annotated[AbsolutePath, AfterValidator(_plain)]


class MountedSpec(BaseModel):
    """Parameters of ``mount.mounted``.

    ``bind_mount_copy_active_opts`` is accepted for state files written for Salt: options are never
    copied from what is bound.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: PrintablePath
    device: Printable
    fstype: Fstype
    mkmnt: Flag = False
    opts: Options = ("defaults",)
    dump: int = Field(0, ge=0)
    pass_num: int = Field(0, ge=0, validation_alias=AliasChoices("pass_num", "pass"))
    config: AbsolutePath = FSTAB
    persist: Flag = True
    mount: Flag = True
    user: Text | None = None
    match_on: MatchOn = ("auto",)
    device_name_regex: Texts = ()
    extra_mount_invisible_options: Options = ()
    extra_mount_invisible_keys: Options = ()
    extra_mount_ignore_fs_keys: Tables | None = None
    extra_mount_translate_options: dict[str, Text] | None = None
    hidden_opts: Options = ()
    bind_mount_copy_active_opts: Flag = True

    @property
    def entry(self) -> Entry:
        """The line of the table."""
        options = ",".join(self.opts) or "defaults"
        return Entry(self.name, self.device, self.fstype, options, self.dump, self.pass_num)
