"""The folder of a master: a client's, and the keys with which it admits and revokes peels."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from zester.dataclass import dataclass
from zester.errors import InvalidToken
from zester.trust.credentials import Credentials, parse_credentials
from zester.trust.disk.client_folder import ClientFolder
from zester.trust.disk.private_file import read_private, write_private
from zester.trust.envelope import Signer
from zester.trust.nkeys import KeyKind, KeyPair
from zester.trust.sealing import BoxKey
from zester.trust.tiers import Tier
from zester.trust.tokens import decode_part, encode_part
from zester.trust.verifier import Verifier

SYSTEM, OPERATOR, BOX = "sys.creds", "operator-signing.seed", "box.seed"
OPERATOR_NEXT = "operator-signing-next.seed"
ADMITS = (Tier.PEEL, Tier.BOOTSTRAP)
"""Tiers whose signing keys masters hold."""


@dataclass(frozen=True, slots=True)
class MasterKeys:
    """What a master can do besides talking.

    ``system`` may replace account tokens, ``operator`` signs the account of the peels, ``signing``
    makes tokens of the tiers it admits, ``box`` opens what was sealed for masters.
    ``operator_next`` is what takes the place of ``operator`` when the realm says so.
    """

    system: Credentials
    operator: KeyPair
    signing: dict[Tier, KeyPair]
    box: BoxKey
    operator_next: KeyPair | None = None

    def __repr__(self) -> str:
        return "MasterKeys(…)"

    def save(self, folder: Path) -> None:
        """Write each key into a file of its own, 0600."""
        write_private(folder / SYSTEM, self.system.encode())
        write_private(folder / OPERATOR, self.operator.seed + "\n")
        if self.operator_next is not None:
            write_private(folder / OPERATOR_NEXT, self.operator_next.seed + "\n")
        else:
            (folder / OPERATOR_NEXT).unlink(missing_ok=True)
        for tier, key in self.signing.items():
            write_private(_seed_file(folder, tier), key.seed + "\n")
        write_private(folder / BOX, encode_part(self.box.secret) + "\n")

    @property
    def operators(self) -> tuple[KeyPair, ...]:
        """The keys that may sign the account of the peels, the one in use first."""
        return tuple(key for key in (self.operator, self.operator_next) if key is not None)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote; raises SettingsError, InvalidToken."""
        system, coming = folder / SYSTEM, folder / OPERATOR_NEXT
        try:
            credentials = parse_credentials(_text(system))
            box = BoxKey(decode_part(_text(folder / BOX).strip()))
        except InvalidToken as error:
            raise InvalidToken(f"keys of the master in {folder}: {error.message}") from error
        return cls(
            credentials,
            _seed(folder / OPERATOR, KeyKind.OPERATOR),
            {tier: _seed(_seed_file(folder, tier), KeyKind.ACCOUNT) for tier in ADMITS},
            box,
            _seed(coming, KeyKind.OPERATOR) if coming.exists() else None,
        )


@dataclass(frozen=True, slots=True)
class MasterFolder:
    """A master's folder that was opened."""

    client: ClientFolder
    credentials: Credentials
    keys: MasterKeys

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Read everything; raises SettingsError, InvalidToken."""
        client = ClientFolder.open(folder)
        return cls(client, client.credentials(Tier.MASTER), MasterKeys.load(folder))

    def signer(self) -> Signer:
        """Return what signs for this master, as its folder says now."""
        who = self.client.credentials(Tier.MASTER)
        return Signer(who.key, who.token, self.client.context.env)

    def verifier(self) -> Verifier | None:
        """Return the judge by the newest bundle in the folder, None while there is none."""
        anchored = self.client.bundle()
        return Verifier(anchored) if anchored is not None else None


def _seed_file(folder: Path, tier: Tier) -> Path:
    return folder / f"{tier.value}-signing.seed"


def _seed(path: Path, kind: KeyKind) -> KeyPair:
    try:
        key = KeyPair.from_seed(_text(path))
    except InvalidToken as error:
        raise InvalidToken(f"{path}: {error.message}") from error
    if key.kind is not kind:
        raise InvalidToken(f"{path}: not a seed of an {kind.name.lower()} key")
    return key


def _text(path: Path) -> str:
    return read_private(path).decode("ascii", "replace")
