"""``kubectl`` from PyPI, as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sysconfig
from pathlib import Path

import anyio

from support.kubernetes.objects.json_value import Json

PROGRAM = Path(sysconfig.get_path("scripts")) / "kubectl"


class Kubectl:
    """One user's; its caches and its home are below ``home``."""

    def __init__(self, kubeconfig: Path, home: Path) -> None:
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "KUBECONFIG": str(kubeconfig),
            "KUBECACHEDIR": str(home / "cache"),
            "NO_PROXY": "127.0.0.1",
        }

    async def __call__(
        self, *arguments: str, stdin: str = "", code: int | None = 0
    ) -> subprocess.CompletedProcess[str]:
        """Run a command and check its exit code, unless that is None."""
        with anyio.fail_after(90):
            done = await anyio.run_process(
                [str(PROGRAM), *arguments],
                input=stdin.encode(),
                env=self._environment,
                check=False,
            )
        out, err = done.stdout.decode(), done.stderr.decode()
        assert code is None or done.returncode == code, f"{arguments}: {out}{err}"
        return subprocess.CompletedProcess(arguments, done.returncode, out, err)

    async def json(self, *arguments: str) -> Json:
        """Run a command with ``-o json`` and return what it says."""
        found: Json = json.loads((await self(*arguments, "-o", "json")).stdout)
        return found
