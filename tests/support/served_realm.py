"""A realm made by ``zester trust init``, and a nats-server that runs on what it made, as it is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import anyio
import anyio.abc

from support.realm_folder import PASSPHRASE, make_realm
from zester.bus.server.embedded import find_server, free_port


class ServedRealm:
    """The folder ``trust`` below ``home`` and the server of it; every command is a process."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_port()
        self.folder = home / "trust"
        secret = home / "secret"
        secret.touch(mode=0o600)
        secret.write_text(PASSPHRASE + "\n")
        self.environment = {
            **os.environ,
            "ZESTER_PASSPHRASE_FILE": str(secret),
            "XDG_CONFIG_HOME": str(home / "config"),
        }
        self._server: anyio.abc.Process | None = None

    @property
    def url(self) -> str:
        return f"tls://127.0.0.1:{self.port}"

    @property
    def config(self) -> Path:
        return self.folder / "server" / "nats-server.conf"

    def found(self) -> None:
        """Make the realm as ``init`` does, but with a passphrase that is quickly tried."""
        make_realm(self.folder, port=self.port)

    async def init(self, *more: str) -> None:
        """Make the realm."""
        await self.zester(
            *("trust", "init", str(self.folder), "--host", "127.0.0.1"),
            *("--url", self.url, "--listen", f"127.0.0.1:{self.port}", *more),
        )

    async def zester(
        self, *args: str, code: int | None = 0, trust: Path | None = None, **extra: str
    ) -> subprocess.CompletedProcess[str]:
        """Run the command line and check its exit code, unless that is None."""
        environment = {**self.environment, **extra}
        if trust is not None:
            environment["ZESTER_TRUST"] = str(trust)
        with anyio.fail_after(60):
            done = await anyio.run_process(
                [sys.executable, "-m", "zester.cli.main", *args],
                check=False,
                env=environment,
                cwd=self.home,
            )
        out, err = done.stdout.decode(), done.stderr.decode()
        assert code is None or done.returncode == code, (args, done.returncode, out, err)
        return subprocess.CompletedProcess(args, done.returncode, out, err)

    async def start_server(self) -> None:
        """Start nats-server with the configuration as it was made; return when it listens."""
        self._server = await anyio.open_process(
            [find_server(), "-c", str(self.config)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        with anyio.fail_after(20):
            while True:
                try:
                    async with await anyio.connect_tcp("127.0.0.1", self.port):
                        return
                except OSError:
                    assert self._server.returncode is None, "nats-server ended"
                    await anyio.sleep(0.02)

    async def stop_server(self) -> None:
        """Stop it cleanly."""
        server, self._server = self._server, None
        if server is not None:
            with anyio.CancelScope(shield=True):
                server.terminate()
                await server.wait()
                await server.aclose()

    def reload_server(self) -> None:
        """Let it read its configuration and certificates again."""
        assert self._server is not None
        self._server.send_signal(signal.SIGHUP)
