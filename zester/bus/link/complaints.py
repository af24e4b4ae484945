"""What goes wrong with a connection, in our words."""

from __future__ import annotations

import re

from zester.errors import BusRefused, BusUnavailable, NobodyAnswers

HINTS = {
    "authorization violation": "the server refuses these credentials: revoked, expired, or of "
    "another realm",
    "certificate verify failed": "the server has a certificate that the trust folder's authorities "
    "did not sign, or that does not name this address",
}
"""What a complaint means, for whoever has to mend it."""


_FORBIDDEN = re.compile(r"permissions violation for (?:publish|subscription) to \"([^\"]+)\"", re.I)


def forbidden_subject(problem: str) -> str | None:
    """Return the subject that the server does not let us use, None for another complaint."""
    found = _FORBIDDEN.search(problem)
    return found[1] if found else None


def unavailable(servers: tuple[str, ...], problem: str) -> BusUnavailable:
    """Return the error for servers that cannot be reached; passwords in addresses are left out."""
    detail = f": {problem}" if problem else ""
    places = ", ".join(without_secret(server) for server in servers)
    complaint = problem.lower()
    hint = next((hint for text, hint in HINTS.items() if text in complaint), None)
    return BusUnavailable(
        f"not connected to {places}{detail}",
        hint=hint or "is nats-server running at this address?",
    )


def without_secret(server: str) -> str:
    """Return a server's address without user and password."""
    head, separator, tail = server.rpartition("@")
    return f"{head.split('://', 1)[0]}://{tail}" if separator and "://" in head else tail or server


def nobody(subject: str) -> NobodyAnswers:
    """Return the error for a request that reached nobody."""
    return NobodyAnswers(
        f"nobody answers on {subject}",
        hint="JetStream may still be starting, or the master has not made its buckets yet",
    )


def too_large(subject: str, data: bytes) -> BusRefused:
    """Return the error for a message that the server would not take."""
    return BusRefused(f"{len(data)} bytes on {subject} are more than the server takes")
