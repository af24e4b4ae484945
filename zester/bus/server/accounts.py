"""Account tokens on the running servers: read them, replace them. Needs a user of SYS."""

from __future__ import annotations

from zester.bus.api import parse_answer
from zester.bus.link.connection import Bus
from zester.errors import BusRefused, InvalidToken
from zester.trust.tokens import Token, read_token

TIMEOUT = 5.0


async def account_token(bus: Bus, account: str) -> Token | None:
    """Return the token that the servers hold of an account, None when they know none.

    Raises BusUnavailable, and InvalidToken for an answer that is no token of this account.
    """
    answer = await bus.request(f"$SYS.REQ.ACCOUNT.{account}.CLAIMS.LOOKUP", timeout=TIMEOUT)
    text = answer.data.decode("ascii", "replace").strip()
    if not text:
        return None
    token = read_token(text)
    if token.subject != account:
        raise InvalidToken(f"asked for account {account}, the server answered {token.subject}")
    return token


async def replace_account(bus: Bus, token: str) -> None:
    """Give the servers a newer token of an account; users that it shuts out lose their connection.

    The server stores whatever is well formed, also what it will refuse to read at its next start:
    check who signed it first. Raises BusUnavailable, BusRefused.
    """
    answer = await bus.request("$SYS.REQ.CLAIMS.UPDATE", token.encode(), timeout=TIMEOUT)
    body = parse_answer(answer, "account token")
    data = body.get("data")
    if not isinstance(data, dict) or data.get("code") != 200:
        error = body.get("error")
        text = error.get("description", "") if isinstance(error, dict) else ""
        raise BusRefused(
            f"the server did not take the account token: {text or 'it does not say why'}"
        )
