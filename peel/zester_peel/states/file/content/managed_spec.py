"""The parameters of ``file.managed``."""

from __future__ import annotations

import codecs
import re
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    model_validator,
)

from zester_peel.engine.fields import Flag, Mode, Text, Texts, read_mode, read_texts
from zester_peel.states.file.content.attributes import read_attributes
from zester_peel.states.file.content.backup import Backup, read_backup
from zester_peel.states.file.content.checksum import read_checksum
from zester_peel.states.file.content.origin import Origin, Source, read_source_list
from zester_peel.states.file.place import AbsolutePath, PathName
from zester_peel.states.file.source import read_template

_LINES = re.compile(r"\r\n|\r|\n")


def read_contents(value: object) -> str:
    """Read ``contents``: a text or a list of texts, joined to lines that all end the Unix way."""
    lines: list[str] = []
    for part in read_texts(value):
        split = _LINES.split(part)
        lines.extend(split[:-1] if split[-1] == "" else split)
    return "".join(f"{line}\n" for line in lines)


def read_keep_or_mode(value: object) -> int | Literal["keep"]:
    """Read a mode, or the word ``keep``."""
    return "keep" if isinstance(value, str) and value.lower() == "keep" else read_mode(value)


def _known_encoding(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        raise ValueError(f"there is no encoding {name!r}") from None


Encoding = Annotated[Text, AfterValidator(_known_encoding)]
KeepOrMode = Annotated[int | Literal["keep"], BeforeValidator(read_keep_or_mode)]
Template = Annotated[Literal["jinja"] | None, BeforeValidator(read_template)]
Backups = Annotated[Backup, BeforeValidator(read_backup)]


class ManagedSpec(BaseModel):
    """Parameters of ``file.managed``.

    ``keep_source`` and ``use_etag`` are accepted for state files written for Salt: sources are
    not copied to the machine, and a digest says all that an ETag could.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: PathName
    source: Annotated[tuple[Source, ...], BeforeValidator(read_source_list)] | None = None
    source_hash: Annotated[str, BeforeValidator(read_checksum)] | None = None
    source_hash_name: Text | None = None
    skip_verify: Flag = False
    verify_ssl: Flag = True
    keep_source: Flag = True
    use_etag: Flag = False
    contents: Annotated[str, BeforeValidator(read_contents)] | None = Field(
        None, validation_alias=AliasChoices("contents", "content")
    )
    contents_pillar: Texts | None = Field(
        None, validation_alias=AliasChoices("contents_pillar", "contents_settings")
    )
    contents_grains: Texts | None = Field(
        None, validation_alias=AliasChoices("contents_grains", "contents_facts")
    )
    contents_delimiter: Text = ":"
    contents_newline: Flag = True
    allow_empty: Flag = True
    encoding: Encoding | None = None
    encoding_errors: Text = "strict"
    template: Template = None
    context: dict[str, Any] | None = None
    defaults: dict[str, Any] | None = None
    mode: KeepOrMode | None = None
    user: Text | None = None
    group: Text | None = None
    attrs: Annotated[str, BeforeValidator(read_attributes)] | None = None
    makedirs: Flag = False
    dir_mode: Mode | None = None
    replace: Flag = True
    create: Flag = True
    backup: Backups = None
    check_cmd: Text | None = None
    tmp_dir: AbsolutePath | None = None
    tmp_ext: Text = ""
    show_changes: Flag = Field(
        default=True, validation_alias=AliasChoices("show_changes", "show_diff")
    )
    new_file_diff: Flag = False
    follow_symlinks: Flag = True

    _origin: Origin | None = PrivateAttr(None)

    @property
    def origin(self) -> Origin | None:
        """Where the content comes from, once that is resolved.

        Every look at every file asks for it, and pydantic's own way to it is a long one.
        """
        private = self.__pydantic_private__
        return None if private is None else private["_origin"]

    @model_validator(mode="after")
    def _one_origin(self) -> ManagedSpec:
        given = [
            name
            for name in ("source", "contents", "contents_pillar", "contents_grains")
            if getattr(self, name) is not None
        ]
        if len(given) > 1:
            raise ValueError(f"{' and '.join(given)} exclude each other: give one of them")
        if self.mode == "keep" and given and given != ["source"]:
            raise ValueError(f"mode keep needs a source, {given[0]} has no mode")
        if self.contents is not None and not self.allow_empty and not self.contents.strip():
            raise ValueError("contents is empty and allow_empty is false")
        if "/" in self.tmp_ext or "\0" in self.tmp_ext:
            raise ValueError("tmp_ext cannot be the end of a file name")
        return self
