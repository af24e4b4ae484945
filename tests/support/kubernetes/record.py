"""What was asked of the server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from support.kubernetes.access.identity import User
from support.kubernetes.access.rbac import Ask


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that was answered, or a watch that was opened; ``media`` is a body's type."""

    user: User
    ask: Ask
    code: int
    media: str = ""
    agent: str = ""


@dataclass(slots=True)
class Record:
    """All requests since the last ``clear``."""

    asked: list[Asked] = field(default_factory=list)

    def of(
        self, user: str = "", *, verb: str = "", resource: str = "", name: str = ""
    ) -> list[Asked]:
        """Return the requests of a user, a verb, a resource, an object; empty means any."""
        return [
            each
            for each in self.asked
            if user in ("", each.user.name)
            and verb in ("", each.ask.verb)
            and resource in ("", each.ask.resource)
            and name in ("", each.ask.name)
        ]

    def denied(self) -> Iterator[Asked]:
        """Yield what the roles did not allow."""
        return (each for each in self.asked if each.code == 403)

    def refused(self, user: str) -> list[Asked]:
        """Return a user's requests that failed."""
        return [each for each in self.of(user) if each.code >= 400]

    def clear(self) -> None:
        self.asked.clear()
