"""Parameters of the repository states."""

from __future__ import annotations

import posixpath
import re
from typing import Annotated

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

from zester_peel.engine.content import Content
from zester_peel.engine.fields import Flag, Text, read_text, read_texts
from zester_peel.states.pkg.parameters import MaybeFlag
from zester_peel.states.pkgrepo.apt_files import FOLDER, MAIN
from zester_peel.states.pkgrepo.apt_source import AptSource, read_line

YUM_FOLDERS = ("/etc/yum.repos.d", "/etc/zypp/repos.d", "/etc/yum/repos.d", "/etc/distro.repos.d")

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:+@/-]*")
_URLS = ("salt://", "zester://", "https://", "http://", "file:///", "/")


def _line(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError(f"{text!r} is empty or has more than one line")
    return text.strip()


def _words(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        value = re.split(r"[\s,]+", value.strip())
    return tuple(_line(text) for text in read_texts(value) if text)


def _file(text: str) -> str:
    path = posixpath.normpath(text)
    folder = posixpath.dirname(path)
    allowed = path == MAIN or folder == FOLDER or folder in YUM_FOLDERS
    if not text.isprintable() or not allowed or posixpath.splitext(path)[1] not in _ENDINGS:
        raise ValueError(f"{text!r} is no file that lists repositories")
    return path


def _key(text: str) -> str:
    if not text.startswith(_URLS) or not text.isprintable() or " " in text:
        raise ValueError(f"{text!r} is not salt://…, https://…, http://… or an absolute path")
    return text.removeprefix("file://")


def _path(text: str) -> str:
    if not text.startswith("/") or not text.isprintable() or ".." in text.split("/"):
        raise ValueError(f"{text!r} is not an absolute path")
    return text


def _lines(value: object) -> str:
    """Read a value of a ``.repo`` file; a list becomes lines."""
    if isinstance(value, bool):
        return "1" if value else "0"
    texts = value if isinstance(value, list | tuple) else read_text(value).split("\n")
    return "\n".join(_line(read_text(text)) for text in texts)


_ENDINGS = (".list", ".sources", ".repo")

Line = Annotated[Text, AfterValidator(_line)]
Words = Annotated[tuple[str, ...], BeforeValidator(_words)]
Value = Annotated[str, BeforeValidator(_lines)]
SourceFile = Annotated[Text, AfterValidator(_file)]
KeyUrl = Annotated[Text, AfterValidator(_key)]
AbsolutePath = Annotated[Text, AfterValidator(_path)]


class RepositorySpec(BaseModel):
    """Which repository: for apt the whole line, for the others its id."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: Line
    file: SourceFile | None = None

    def source(self) -> AptSource | None:
        """Return the name as apt reads it, None when it is no line for apt."""
        return read_line(self.name)

    @property
    def section(self) -> str:
        """The name as yum and zypper have it; raises ValueError."""
        if not _ID.fullmatch(self.name):
            raise ValueError(f"{self.name!r} cannot be the id of a repository")
        return self.name


class ManagedSpec(RepositorySpec):
    """Parameters of ``pkgrepo.managed``.

    Of apt: ``dist`` to ``trusted``; of yum, dnf and zypper: ``humanname`` and what comes after
    ``trusted``. ``aptkey`` is accepted; ``apt-key`` is never used. ``refresh`` as well: the next
    package state that needs lists fetches them, because the sources are new.
    """

    humanname: Line | None = None
    enabled: MaybeFlag = None
    disabled: MaybeFlag = None
    comments: Annotated[tuple[str, ...], BeforeValidator(read_texts)] = ()
    refresh: Flag = Field(True, validation_alias=AliasChoices("refresh", "refresh_db"))
    clean_file: Flag = False
    key_url: KeyUrl | None = None
    key_text: Text | None = None
    keyid: Words = ()
    keyserver: Line | None = None
    keyring: AbsolutePath | None = None
    aptkey: Flag = True
    dist: Line | None = None
    comps: Words = ()
    architectures: Words = ()
    consolidate: Flag = False
    signedby: AbsolutePath | None = None
    trusted: MaybeFlag = None
    baseurl: Value | None = None
    mirrorlist: Value | None = None
    metalink: Value | None = None
    gpgcheck: Value | None = None
    gpgkey: Value | None = None
    repo_gpgcheck: Value | None = None
    priority: Value | None = None
    cost: Value | None = None
    exclude: Value | None = None
    includepkgs: Value | None = None
    sslverify: Value | None = None
    sslcacert: Value | None = None
    skip_if_unavailable: Value | None = None
    module_hotfixes: Value | None = None
    metadata_expire: Value | None = None
    proxy: Value | None = None
    type: Value | None = None
    autorefresh: Value | None = None
    keeppackages: Value | None = None

    _key: Content | None = PrivateAttr(None)

    @model_validator(mode="after")
    def _consistent(self) -> ManagedSpec:
        if self.enabled is not None and self.disabled is not None:
            raise ValueError("give either enabled or disabled")
        if self.key_url is not None and self.key_text is not None:
            raise ValueError("give either key_url or key_text")
        if self.keyid and not (self.key_url or self.key_text or self.keyserver):
            raise ValueError("keyid needs a keyserver, key_url or key_text")
        if self.clean_file and self.file is None:
            raise ValueError("clean_file needs file")
        return self

    @property
    def off(self) -> bool:
        """Whether the repository is to be there without being used."""
        return self.disabled is True or self.enabled is False


class AbsentSpec(RepositorySpec):
    """Parameters of ``pkgrepo.absent``; ``keyid`` and ``keyserver`` are accepted as Salt's."""

    refresh: Flag = True
    keyid: Words = ()
    keyserver: Line | None = None
    dist: Line | None = None
    architectures: Words = ()
