"""Commands of a page of the documentation, run as they stand there."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import helm_python

from support.kubernetes.kubectl import PROGRAM

HELM_TIMEOUT = 120


def commands(page: Path, title: str = "") -> list[str]:
    """Return what a reader types into consoles, below a heading or everywhere."""
    text = page.read_text(encoding="utf-8")
    if title:
        text = text.partition(f"## {title}")[2].partition("\n## ")[0]
    blocks = re.findall(r"^```console\n(.*?)^```", text, re.M | re.S)
    return [line[2:] for block in blocks for line in block.splitlines() if line[:2] in ("$ ", "# ")]


@dataclass
class Walker:
    """Somebody who types them, in ``folder``; ``replaced`` are words that differ here."""

    folder: Path
    kubeconfig: Path
    environment: dict[str, str]
    replaced: Mapping[str, str]

    async def run(self, line: str) -> str:
        """Run a command and return what it says; fail with what it says if it fails."""
        for there, here in self.replaced.items():
            line = line.replace(there, here)
        words = shlex.split(line)
        if words[0] == "export":
            name, _, value = words[1].partition("=")
            self.environment[name] = value.replace("$PWD", str(self.folder))
            return ""
        if words[0] == "helm":
            return await anyio.to_thread.run_sync(self._helm, words[1:])
        stdin = b""
        if "<" in words:
            words, (_, name) = words[: words.index("<")], words[words.index("<") :]
            stdin = (self.folder / name).read_bytes()
        target = None
        if ">" in words:
            words, (_, target) = words[: words.index(">")], words[words.index(">") :]
        with anyio.fail_after(180):
            done = await anyio.run_process(
                self.argv(words),
                input=stdin,
                cwd=self.folder,
                env=self.variables(),
                check=False,
                stderr=subprocess.PIPE,
            )
        said = done.stdout.decode()
        assert done.returncode == 0, (line, said, done.stderr.decode())
        if target is not None:
            (self.folder / target).write_text(said, encoding="utf-8")
        return said

    def argv(self, words: Sequence[str]) -> list[str]:
        """Return what to start for a command."""
        modules = {"zester": "zester.cli.main", "zester-peel": "zester_peel.main"}
        if words[0] == "kubectl":
            return [str(PROGRAM), *words[1:]]
        return [sys.executable, "-m", modules[words[0]], *words[1:]]

    def variables(self) -> dict[str, str]:
        """Return the environment of a command."""
        kept = {key: os.environ[key] for key in ("PATH", "PYTHONPATH") if key in os.environ}
        return {
            **kept,
            "HOME": str(self.folder),
            "KUBECONFIG": str(self.kubeconfig),
            "NO_PROXY": "127.0.0.1",
            **self.environment,
        }

    def _helm(self, words: list[str]) -> str:
        verb, name, *rest = words
        chart = rest.pop(0) if verb in ("install", "upgrade") else ""
        namespace, reuse = "default", False
        values: dict[str, Any] = {}
        while rest:
            option = rest.pop(0)
            if option == "-n":
                namespace = rest.pop(0)
            elif option == "--set":
                values = _merged(values, helm_python.parse_set_string(rest.pop(0)))
            else:
                assert option == "--reuse-values", option
                reuse = True
        with helm_python.Config(kubeconfig_path=self.kubeconfig, namespace=namespace) as config:
            if verb == "uninstall":
                return str(config.uninstall(name, timeout=HELM_TIMEOUT)["info"])
            act: Any = config.install
            if verb == "upgrade":
                act = config.upgrade
            more = {"reuse_values": True} if reuse else {}
            done = act(str(self.folder / chart), name, values, timeout=HELM_TIMEOUT, **more)
        return str(done["status"])


def _merged(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    found = dict(first)
    for name, value in second.items():
        before = found.get(name)
        both = isinstance(before, dict) and isinstance(value, dict)
        found[name] = _merged(before or {}, value) if both else value
    return found
