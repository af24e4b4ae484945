"""Who asks: users by bearer token."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from support.kubernetes.objects.refusal import Refusal


@dataclass(frozen=True, slots=True)
class User:
    """A name and the groups it is in."""

    name: str
    groups: tuple[str, ...] = ()


ANONYMOUS = User("system:anonymous", ("system:unauthenticated",))
ADMIN = User("kubernetes-admin", ("system:masters", "system:authenticated"))


def service_account(namespace: str, name: str) -> User:
    """Return who a pod with this service account is."""
    return User(
        f"system:serviceaccount:{namespace}:{name}",
        (
            *("system:serviceaccounts", f"system:serviceaccounts:{namespace}"),
            "system:authenticated",
        ),
    )


class Tokens:
    """The tokens that are good now."""

    def __init__(self) -> None:
        self._users: dict[str, User] = {}

    def issue(self, user: User) -> str:
        """Return a new token of the user; the former ones stay good."""
        token = secrets.token_urlsafe(24)
        self._users[token] = user
        return token

    def last(self, user: User) -> str:
        """Return the newest token of a user."""
        return [token for token, known in self._users.items() if known == user][-1]

    def revoke(self, token: str) -> None:
        """Answer 401 to the token from now on."""
        del self._users[token]

    def user(self, authorization: str | None) -> User:
        """Return who sends this header; raises Refusal 401."""
        if authorization is None:
            return ANONYMOUS
        scheme, _, token = authorization.partition(" ")
        user = self._users.get(token.strip()) if scheme.lower() == "bearer" else None
        if user is None:
            raise Refusal(401, "Unauthorized", "Unauthorized")
        return user
