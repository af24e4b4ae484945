"""The realm of all hosts: founded once a run, as an operator does it; every site has a copy."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from hosts.network import Link, Namespace

PORT = 4222
SERVER = Path("/run/zester-server")
"""Leads to the files of the server that runs."""

PEEL = "web-01"
"""The machine that is enrolled already, so that not every test has to."""

TRUST, DATA, STATE, SECRET = "trust", "server", "state", "passphrase"


class FoundedRealm:
    """What ``zester trust init`` made, and the server's data once ``web-01`` was let in.

    ``folder`` holds the realm itself, ``server`` with all buckets, ``state`` of the machine.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def trust(self) -> Path:
        return self.folder / TRUST

    @property
    def environment(self) -> dict[str, str]:
        """What commands need to know of it."""
        return {
            **os.environ,
            "ZESTER_PASSPHRASE_FILE": str(self.folder / SECRET),
            "ZESTER_TRUST": str(self.trust / "clients" / "base"),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
        }

    def init(self) -> None:
        """Make the realm."""
        self.folder.mkdir(parents=True, exist_ok=True)
        secret = self.folder / SECRET
        secret.touch(mode=0o600)
        secret.write_text("correct horse battery staple\n")
        hosts = ("--host", "127.0.0.1", "--host", Link.NEAR)
        place = ("--server-dir", str(SERVER), "--listen", f"0.0.0.0:{PORT}")
        self.command("zester.cli.main", "trust", "init", str(self.trust), *hosts, *place)

    def command(
        self, module: str, *args: str, network: Namespace | None = None, word: str | None = None
    ) -> str:
        """Run a program of ours; return what it said, fail when it fails."""
        entering = network.entering if network is not None else ()
        done = subprocess.run(
            [*entering, sys.executable, "-m", module, *args],
            env=self.environment,
            input=word,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, f"{args}: {done.stdout}{done.stderr}"
        return done.stdout

    def enroll(self, word: str, state: Path, name: str, network: Namespace) -> None:
        """Let a machine in with the word of a join token."""
        place = ("--id", name, "--state-dir", str(state), "--timeout", "30")
        self.command(
            "zester_peel.main", "enroll", "--token", "-", *place, network=network, word=word
        )

    def keep_server(self) -> None:
        """Keep the data of the server, which has ended."""
        shutil.copytree(SERVER, self.folder / DATA)

    def copy(self, folder: Path) -> FoundedRealm:
        """Return a copy of its own for a site; its server is the one that ``SERVER`` leads to."""
        shutil.copytree(self.folder, folder)
        copy = FoundedRealm(folder)
        if not (folder / DATA).exists():
            shutil.copytree(copy.trust / "server", folder / DATA)
        SERVER.unlink(missing_ok=True)
        SERVER.symlink_to(folder / DATA)
        return copy

    def admit(self, state: Path) -> None:
        """Make a state folder that of ``web-01``, which is enrolled."""
        shutil.copytree(self.folder / STATE, state, dirs_exist_ok=True)
