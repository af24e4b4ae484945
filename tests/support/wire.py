"""A NATS connection without a client library: what exactly does the server allow?"""

from __future__ import annotations

import base64
import json
import re
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import anyio
import anyio.abc

from zester.bus.server.embedded import EmbeddedServer
from zester.trust.credentials import Credentials

_REFUSED = re.compile(r"Permissions Violation for (?:Publish|Subscription) to \"([^\"]+)\"")


class Wire:
    """One connection on which each answer of the server can be read as it came."""

    def __init__(self, stream: anyio.abc.ByteStream) -> None:
        self._stream = stream
        self._number = 0

    async def refused(self, lines: Iterable[bytes]) -> set[str]:
        """Send protocol lines; return the subjects that the server refused among them."""
        await self._stream.send(b"".join(lines) + b"PING\r\n")
        return set(_REFUSED.findall(await self._until(b"PONG")))

    async def refused_publishes(self, subjects: Iterable[str]) -> set[str]:
        """Publish something empty to each; return the refused subjects."""
        return await self.refused(f"PUB {subject} 0\r\n\r\n".encode() for subject in subjects)

    async def refused_subscriptions(self, subjects: Iterable[str]) -> set[str]:
        """Subscribe to each; return the refused subjects."""
        lines = []
        for subject in subjects:
            self._number += 1
            lines.append(f"SUB {subject} {self._number}\r\n".encode())
        return await self.refused(lines)

    async def _until(self, end: bytes) -> str:
        seen = b""
        with anyio.fail_after(20):
            while end not in seen:
                seen += await self._stream.receive()
        return seen.decode()


@asynccontextmanager
async def wire(server: EmbeddedServer, who: Credentials) -> AsyncIterator[Wire]:
    """Connect as somebody."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    stream = await anyio.connect_tcp(
        "127.0.0.1", server.port, ssl_context=context, tls_standard_compatible=False
    )
    async with stream:
        greeting = b""
        while b"\r\n" not in greeting:
            greeting += await stream.receive()
        nonce = json.loads(greeting.partition(b"{")[1] + greeting.partition(b"{")[2])["nonce"]
        signature = base64.urlsafe_b64encode(who.key.sign(nonce.encode())).decode().rstrip("=")
        hello = {
            "verbose": False,
            "pedantic": False,
            "headers": True,
            "no_responders": True,
            "jwt": who.token,
            "sig": signature,
        }
        await stream.send(f"CONNECT {json.dumps(hello)}\r\n".encode())
        made = Wire(stream)
        assert await made.refused([]) == set()
        yield made
