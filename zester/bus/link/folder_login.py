"""A login out of a trust folder, read anew for every connection."""

from __future__ import annotations

from zester.dataclass import dataclass
from zester.errors import InvalidToken, SettingsError
from zester.trust.credentials import Credentials
from zester.trust.disk.client_folder import ClientFolder
from zester.trust.tiers import Tier


@dataclass(frozen=True, slots=True)
class FolderLogin:
    """Whoever the folder has credentials of; new ones count from the next connection on."""

    folder: ClientFolder
    tier: Tier

    @property
    def name(self) -> str:
        return self.credentials().name

    def credentials(self) -> Credentials:
        """Return the credentials of the tier; raises InvalidToken when they cannot be read."""
        try:
            return self.folder.credentials(self.tier)
        except SettingsError as error:
            raise InvalidToken(error.message, hint=error.hint) from error

    def authorities(self) -> tuple[str, ...]:
        """Return the certificates of the newest trust bundle that was seen."""
        return self.folder.authorities()
