"""In whose name the mirror publishes: its own publisher key, limited to its cluster's sources."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from zester.dataclass import dataclass
from zester.errors import SettingsError
from zester.trees.publish import Authority
from zester.trust.disk.client_folder import ClientFolder
from zester.trust.envelope import Signer
from zester.trust.tiers import Tier
from zester.trust.verifier import Verifier


@dataclass(frozen=True, slots=True)
class MirrorAuthority:
    """``folder`` is what ``zester trust issue DIR publisher kube/CLUSTER`` made.

    ``master`` signs, in the name of the master we are part of, what is no head.
    """

    folder: Path
    cluster: str
    env: str
    verifier: Callable[[], Verifier | None]
    master: Callable[[], Signer]

    @property
    def name(self) -> str:
        return f"kube/{self.cluster}"

    def source(self, namespace: str) -> str:
        """Return the source that the objects of a namespace are."""
        return f"{self.name}/{namespace}"

    def __call__(self) -> Authority:
        """Return it as the folder says now; raises SettingsError, InvalidToken."""
        verifier = self.verifier()
        if verifier is None:
            raise SettingsError("no trust bundle tells which heads are genuine")
        return Authority(self.signer(), verifier)

    def signer(self) -> Signer:
        """Return what signs for the mirror; raises SettingsError, InvalidToken."""
        client = ClientFolder.open(self.folder)
        if client.context.env != self.env:
            raise SettingsError(
                f"{self.folder} is for environment {client.context.env!r}, this master for "
                f"{self.env!r}"
            )
        who = client.credentials(Tier.PUBLISHER)
        if who.name != self.name:
            raise SettingsError(
                f"{self.folder} is the publisher {who.name!r}, the mirror of this cluster is "
                f"{self.name!r}",
                hint=f"`zester trust issue DIR publisher {self.name}` makes the folder",
            )
        return Signer(who.key, who.token, self.env)
