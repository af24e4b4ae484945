"""How a peel logs in with what it has been given, and how it asks for more."""

from __future__ import annotations

from zester.bus.keys import escape_token
from zester.dataclass import dataclass
from zester.errors import InvalidToken
from zester.trust.credentials import Credentials
from zester_peel.agent.identity.identity import Identity

GUEST = "guest"


@dataclass(frozen=True, slots=True)
class PeelLogin:
    """The login of an enrolled machine: always with its newest token."""

    identity: Identity

    @property
    def name(self) -> str:
        return escape_token(self.identity.id)

    def credentials(self) -> Credentials:
        """Return the newest token; raises InvalidToken while there is none."""
        found = self.identity.peel_credentials()
        if found is None:
            raise InvalidToken("this peel has no token yet; it asks for one")
        return found

    def authorities(self) -> tuple[str, ...]:
        """Return the certificates to believe; raises InvalidToken when none are known."""
        found = self.identity.authorities()
        if found is None:
            raise InvalidToken("this peel does not know which servers to believe")
        return found


@dataclass(frozen=True, slots=True)
class EntryLogin:
    """The login with which a machine that was away for long asks for new tokens."""

    identity: Identity

    @property
    def name(self) -> str:
        return escape_token(self.identity.id)

    def credentials(self) -> Credentials:
        """Return the token for asking; raises InvalidToken while there is none."""
        found = self.identity.entry_credentials()
        if found is None:
            raise InvalidToken("this peel has no token to ask again with")
        return found

    def authorities(self) -> tuple[str, ...]:
        """Return the certificates to believe; raises InvalidToken when none are known."""
        return PeelLogin(self.identity).authorities()


@dataclass(frozen=True, slots=True)
class GuestLogin:
    """The login of a machine that has nothing but its key.

    What it hears is signed and sealed: ``anywhere`` = ask also a server that nobody vouches for.
    """

    identity: Identity
    anywhere: bool = False

    @property
    def name(self) -> str:
        return GUEST

    def credentials(self) -> None:
        return None

    def authorities(self) -> tuple[str, ...] | None:
        return None if self.anywhere else self.identity.authorities()
