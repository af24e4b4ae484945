"""An operator, and peels that hear jobs, on a server as in use."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest

from support.operators import JobPeel, MakeJobPeel, Zester, operator_on
from support.trusted import bus_as
from zester.bus.server.embedded import EmbeddedServer
from zester.cli.fleet.operator import Operator
from zester.targeting.node import NodeView
from zester.trust.disk.client_folder import ClientFolder, Context
from zester.trust.tiers import Tier


@pytest.fixture
async def operator(trusted_server: EmbeddedServer) -> AsyncIterator[Operator]:
    async with operator_on(trusted_server) as connected:
        yield connected


@pytest.fixture
def job_peel(trusted_server: EmbeddedServer, tmp_path: Path) -> MakeJobPeel:
    """Run a peel with its own credentials and connection."""

    @asynccontextmanager
    async def run(node: NodeView) -> AsyncIterator[JobPeel]:
        assert trusted_server.realm is not None
        peel = JobPeel(trusted_server.realm, tmp_path / node.id, node)
        async with bus_as(trusted_server, Tier.PEEL, node.id) as bus, peel.running(bus):
            yield peel

    return run


@pytest.fixture
def trust(trusted_server: EmbeddedServer, tmp_path: Path) -> Path:
    realm = trusted_server.realm
    assert realm is not None
    context = Context(
        url=(trusted_server.url,),
        env="base",
        operator=realm.operator_public,
        authorities=realm.authority_certificates,
    )
    folder = tmp_path / "trust"
    folder.mkdir()
    client = ClientFolder.create(folder, context)
    client.keep(Tier.OPERATOR, realm.issue("base", Tier.OPERATOR, "alice"))
    client.keep(Tier.PUBLISHER, realm.issue("base", Tier.PUBLISHER, "chief"))
    return folder


@pytest.fixture
def zester(trust: Path) -> Zester:
    async def run(*words: str) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "-m", "zester.cli.main", *words, "--trust", str(trust)]
        done = await anyio.run_process(argv, check=False)
        return subprocess.CompletedProcess(
            argv, done.returncode, done.stdout.decode(), done.stderr.decode()
        )

    return run
