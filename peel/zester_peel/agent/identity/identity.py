"""The folder ``<state_dir>/trust``: one key for the life of this machine, and what goes with it.

``key.seed`` is made here and never leaves; ``peel.json`` says what the machine is called,
``pin.json`` whom it believes, ``tokens.json`` what lets it in, ``bundle`` is the last trust bundle
as it came. Every file is replaced whole; a crash at any moment leaves the old or the new one.
"""

from __future__ import annotations

import errno
import logging
import os
from pathlib import Path
from typing import Self, TypeVar

from zester.errors import InvalidDocument, InvalidToken, SettingsError, Untrusted
from zester.resources.document import Document
from zester.trust.bundle import Anchored, read_bundle
from zester.trust.credentials import Credentials
from zester.trust.disk.private_file import make_private_folder, read_private, write_private
from zester.trust.nkeys import KeyKind, KeyPair
from zester.trust.tokens import read_token
from zester_peel.agent.identity.documents import Being, Passes, Pin

log = logging.getLogger(__name__)

FOLDER = "trust"
KEY, BEING, PIN, PASSES, BUNDLE = "key.seed", "peel.json", "pin.json", "tokens.json", "bundle"

DocumentT = TypeVar("DocumentT", bound=Document)


class Identity:
    """What a peel is and whom it believes.

    What is kept counts at once, and also when the disk is full: ``problem`` then says so, and
    ``flush`` tries again.
    """

    def __init__(self, folder: Path, key: KeyPair, being: Being) -> None:
        self.folder = folder
        self.key = key
        self.being = being
        self.pin: Pin | None = None
        self.passes: Passes | None = None
        self.bundle: bytes | None = None
        self._unwritten: dict[str, bytes] = {}
        self._anchored: tuple[bytes, str, Anchored] | None = None
        self.problem = ""

    @property
    def id(self) -> str:
        return self.being.id

    @property
    def env(self) -> str:
        return self.being.env

    @property
    def enrolled(self) -> bool:
        """Whether this machine was accepted once; it may have been revoked since."""
        return self.pin is not None and self.passes is not None and self.bundle is not None

    @classmethod
    def exists(cls, state_dir: Path) -> bool:
        """Whether a key was made here."""
        return (state_dir / FOLDER / KEY).exists()

    @classmethod
    def begun(cls, state_dir: Path) -> Being | None:
        """Return what this machine was called when its key was made, None before that.

        Raises SettingsError.
        """
        path = state_dir / FOLDER / BEING
        return _read(path, Being) if cls.exists(state_dir) and path.exists() else None

    @classmethod
    def begin(cls, state_dir: Path, being: Being) -> Self:
        """Return the identity of this machine; make it if there is none yet.

        Raises SettingsError when there is one of another name or environment, or when the folder
        cannot be used.
        """
        folder = state_dir / FOLDER
        if cls.exists(state_dir) and (folder / BEING).exists():
            found = cls.load(state_dir)
            if (found.id, found.env) != (being.id, being.env):
                raise SettingsError(
                    f"this machine is already {found.id} of environment {found.env}",
                    hint=f"use its name, or move {folder} away to make it somebody else",
                )
            found.being = being
            found._keep(BEING, being.encode())
            return found
        try:
            make_private_folder(folder)
            if not (folder / KEY).exists():
                write_private(folder / KEY, KeyPair.generate(KeyKind.USER).seed + "\n")
            write_private(folder / BEING, being.encode())
        except OSError as error:
            raise SettingsError(
                f"cannot make an identity in {folder}: {error.strerror}",
                hint="run as root, or choose another place with --state-dir",
            ) from error
        return cls(folder, _read_key(folder / KEY), being)

    @classmethod
    def load(cls, state_dir: Path) -> Self:
        """Read the identity of this machine; raises SettingsError when there is none to read."""
        folder = state_dir / FOLDER
        if not (folder / KEY).exists() or not (folder / BEING).exists():
            raise SettingsError(
                f"this machine is not enrolled: there is no identity in {folder}",
                hint="`zester-peel enroll --token …` (or `--pin OPERATOR --url tls://…`) makes one",
            )
        being = _read(folder / BEING, Being)
        found = cls(folder, _read_key(folder / KEY), being)
        if (folder / PIN).exists():
            found.pin = _read(folder / PIN, Pin)
        if (folder / PASSES).exists():
            found.passes = found._kept_passes(folder / PASSES)
        if (folder / BUNDLE).exists():
            found.bundle = read_private(folder / BUNDLE)
        return found

    def keep_pin(self, pin: Pin) -> None:
        """Believe this operator from now on; raises SettingsError when it is another one's."""
        if self.pin is not None and self.pin.operator != pin.operator:
            raise SettingsError(
                f"this machine believes operator {self.pin.operator}, not {pin.operator}",
                hint=f"if the operator was replaced on purpose, move {self.folder} away and "
                "enrol again",
            )
        self.pin = pin
        self._keep(PIN, pin.encode())

    def keep_passes(self, passes: Passes) -> None:
        """Use these tokens from now on; raises InvalidToken when they are not for our key."""
        self._check(passes)
        self.passes = passes
        self._keep(PASSES, passes.encode())

    def keep_bundle(self, data: bytes) -> None:
        """Use this trust bundle, which was checked, from now on."""
        if data != self.bundle:
            self.bundle = data
            self._keep(BUNDLE, data)

    def flush(self) -> bool:
        """Try again to write what is only in memory; return whether nothing is left."""
        for name in tuple(self._unwritten):
            self._write(name)
        return not self._unwritten

    def anchored(self) -> Anchored | None:
        """Return the kept bundle, checked against the pinned operator; None when there is none.

        Raises Untrusted.
        """
        if self.bundle is None or self.pin is None:
            return None
        known = self._anchored
        if known is None or known[:2] != (self.bundle, self.pin.operator):
            found = read_bundle(self.bundle, operator=self.pin.operator, env=self.env)
            known = self._anchored = (self.bundle, self.pin.operator, found)
        return known[2]

    def authorities(self) -> tuple[str, ...] | None:
        """Return the certificates to believe of a server, None for any."""
        try:
            anchored = self.anchored()
        except Untrusted:
            anchored = None  # damaged on disk: what was pinned still counts
        if anchored is not None:
            return anchored.bundle.authorities
        return self.pin.authorities if self.pin is not None else None

    def peel_credentials(self) -> Credentials | None:
        """Return what lets this machine in as a peel, good or no longer good."""
        return Credentials(self.passes.peel, self.key) if self.passes is not None else None

    def entry_credentials(self) -> Credentials | None:
        """Return what lets this machine ask for new credentials."""
        return Credentials(self.passes.entry, self.key) if self.passes is not None else None

    def _kept_passes(self, path: Path) -> Passes | None:
        """The tokens on disk; damaged ones are as good as none, for new ones can be asked for."""
        try:
            passes = Passes.decode(read_private(path))
            self._check(passes)
        except (InvalidDocument, Untrusted) as error:
            log.warning("kept tokens cannot be used", extra={"error": error.message})
            return None
        return passes

    def _check(self, passes: Passes) -> None:
        for text in (passes.peel, passes.entry):
            if read_token(text).subject != self.key.public:
                raise InvalidToken("a token that is not for this machine's key")

    def _keep(self, name: str, data: bytes) -> None:
        self._unwritten[name] = data
        self._write(name)

    def _write(self, name: str) -> None:
        try:
            write_private(self.folder / name, self._unwritten[name])
        except OSError as error:
            why = os.strerror(error.errno or errno.EIO)
            self.problem = f"{self.folder / name} cannot be written: {why}"
            return
        del self._unwritten[name]
        if not self._unwritten:
            self.problem = ""


def _read_key(path: Path) -> KeyPair:
    try:
        key = KeyPair.from_seed(read_private(path).decode("ascii", "replace"))
    except InvalidToken as error:
        raise _damaged(path, error.message) from error
    if key.kind is not KeyKind.USER:
        raise _damaged(path, "not the seed of a user")
    return key


def _read(path: Path, model: type[DocumentT]) -> DocumentT:
    try:
        return model.decode(read_private(path))
    except InvalidDocument as error:
        raise _damaged(path, error.message) from error


def _damaged(path: Path, why: str) -> SettingsError:
    return SettingsError(
        f"{path}: {why}",
        hint=f"restore it from a backup, or move {path.parent} away and enrol again",
    )
