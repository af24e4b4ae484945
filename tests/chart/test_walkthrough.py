"""docs/kubernetes.md, command by command: from an empty cluster to a converged host, and back."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import anyio
import pytest

from support.chart.node import Node
from support.chart.release import CHART
from support.chart.walk import Walker, commands
from support.kubernetes.server import ApiServer
from support.kubernetes.structural import StructuralSchemas
from zester.bus.server.embedded import free_port

pytestmark = [pytest.mark.anyio, pytest.mark.e2e]

ROOT = CHART.parents[1]
PAGE = ROOT / "docs/kubernetes.md"


@asynccontextmanager
async def running(walker: Walker, line: str) -> AsyncIterator[None]:
    """Run what does not end by itself."""
    with (walker.folder / "peel.log").open("wb") as log:
        process = await anyio.open_process(
            walker.argv(line.split()),
            cwd=walker.folder,
            env=walker.variables(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        yield
    finally:
        process.terminate()
        with anyio.CancelScope(shield=True), anyio.fail_after(60):
            await process.wait()


async def until_text(path: Path, text: str) -> None:
    with anyio.fail_after(60):
        while True:
            with suppress(FileNotFoundError):
                if path.read_text() == text:
                    return
            await anyio.sleep(0.05)


async def test_the_page_leads_to_a_converged_host_and_away_again(tmp_path: Path) -> None:
    host = tmp_path / "host"
    (host / "etc").mkdir(parents=True)
    (tmp_path / "api").mkdir()
    for name in ("helm", "examples", "crds"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "passphrase").touch(mode=0o600)
    (tmp_path / "passphrase").write_text("correct horse\n")
    port = free_port()
    url = f"tls://127.0.0.1:{port}"
    async with ApiServer(tmp_path / "api", StructuralSchemas()) as api:
        walker = Walker(
            tmp_path,
            api.kubeconfig(),
            {
                "ZESTER_PASSPHRASE_FILE": str(tmp_path / "passphrase"),
                "ZESTER_PEEL_ROOT": str(host),
                "ZESTER_PEEL_STATE_DIR": str(tmp_path / "peel"),
                "ZESTER_PEEL_PROBE": "127.0.0.1:0",
            },
            {"--host nats.example.com": f"--host 127.0.0.1 --url {url} --listen 127.0.0.1:{port}"},
        )
        service = {"tls://zester-nats.zester.svc:4222": url}
        async with Node.of(api, tmp_path / "node", service) as node:
            for title in ("1. Keys", "2. The master"):
                for line in commands(PAGE, title):
                    await walker.run(line)
            assert set(node.running) == {"zester", "zester-nats-0"}
            assert node.running["zester"].probe("livenessProbe") == 200

            *before, enrol, run = commands(PAGE, "3. A host")
            for line in (*before, enrol):
                await walker.run(line)
            async with running(walker, run):
                said = [await walker.run(line) for line in commands(PAGE, "4. What it should be")]
                assert "statetree.zester.dev/web condition met" in said[1]
                assert "statetree.zester.dev/web" in said[2]
                motd = host / "etc/motd"
                await until_text(motd, "Managed by Zester.\n")
                motd.write_text("somebody else's")
                await until_text(motd, "Managed by Zester.\n")

                upgrade, uninstall = commands(PAGE, "Upgrade, and away with it")
                assert await walker.run(upgrade) == "deployed"
                assert node.jobs == {"zester-crds": 0}
                await walker.run(uninstall)
                assert node.jobs == {"zester-crds": 0, "zester-release": 0}
                motd.write_text("somebody else's")
                await until_text(motd, "Managed by Zester.\n")
            tree = await walker.run("kubectl -n web get statetree web -o jsonpath={.metadata}")
            assert "finalizers" not in tree
            await walker.run("kubectl delete namespace web zester")
            await walker.run("kubectl delete -f crds/")
            assert node.running == {}
        assert max(node.graces.values()) < 0.5
