"""In whose name a master makes keys and grants them."""

from __future__ import annotations

import hashlib
from dataclasses import field

from zester.dataclass import dataclass
from zester.trust.envelope import Signer
from zester.trust.sealing import BoxKey
from zester.trust.verifier import Verifier


@dataclass(frozen=True, slots=True)
class GrantAuthority:
    """A master's signer, whom it believes, and the key that all masters share."""

    signer: Signer
    verifier: Verifier
    masters: BoxKey = field(repr=False)

    @property
    def env(self) -> str:
        return self.verifier.env

    @property
    def marking(self) -> bytes:
        """The secret with which masters recognise what they granted."""
        return hashlib.blake2b(b"zester-grant-mark", key=self.masters.secret).digest()
