"""What arrives from the bus."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from zester.bus.keys import check_filter
from zester.dataclass import dataclass
from zester.errors import InvalidKey


@dataclass(frozen=True, slots=True)
class Message:
    """One received message. ``headers`` are the server's and the sender's.

    ``reply`` is where an answer is awaited, empty when none is.
    """

    subject: str
    data: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    reply: str = ""

    @property
    def asks(self) -> bool:
        """Whether an answer is awaited in an inbox; elsewhere it might become a stored key."""
        first, _, rest = self.reply.partition(".")
        try:
            return first.startswith("_INBOX") and bool(check_filter(rest)) and ">" not in rest
        except InvalidKey:
            return False

    @property
    def status(self) -> int | None:
        """The status code of a server's answer without a message (404, 204 …)."""
        text = self.headers.get("Status", "")
        # A stored message keeps the headers of its writer, who may have written anything; but the
        # server adds the sequence to it, and to nothing else.
        return int(text) if text.isdecimal() and "Nats-Sequence" not in self.headers else None
