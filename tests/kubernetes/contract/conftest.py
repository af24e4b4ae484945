"""The server under test: our double, or the one that ``ZESTER_KUBECONFIG`` names.

With a real server only the tests that ask for ``double`` are left out: whatever else fails there is
a mistake of the double.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import anyio
import pytest

from support.kubernetes.client import Client
from support.kubernetes.gadget import DEFINITION, DEFINITION_PATH, DEFINITIONS, gadgets
from support.kubernetes.server import ApiServer
from support.kubernetes.structural import StructuralSchemas

REAL = os.environ.get("ZESTER_KUBECONFIG")


@dataclass(frozen=True, slots=True)
class Place:
    """A namespace of the test's own; ``all`` is the path of its gadgets."""

    namespace: str

    @property
    def all(self) -> str:
        return gadgets(self.namespace)

    def one(self, name: str) -> str:
        return f"{self.all}/{name}"

    def status(self, name: str) -> str:
        return f"{self.all}/{name}/status"

    def core(self, plural: str, name: str = "") -> str:
        """Return the path of a built-in kind's objects, or of one."""
        path = f"/api/v1/namespaces/{self.namespace}/{plural}"
        return f"{path}/{name}" if name else path


@pytest.fixture
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ApiServer | None]:
    """The double, unless the real server is asked for."""
    if REAL is not None:
        yield None
        return
    folder = tmp_path_factory.mktemp("kubernetes")
    async with ApiServer(folder, StructuralSchemas(), bookmark_every=0.2) as server:
        yield server


@pytest.fixture
def double(running: ApiServer | None) -> ApiServer:
    """The double, for what no real server can be told."""
    if running is None:
        pytest.skip("only the double can be told to do this")
    return running


@pytest.fixture
def kubeconfig(running: ApiServer | None) -> Path:
    """An administrator's."""
    return Path(str(REAL)) if running is None else running.kubeconfig()


@pytest.fixture
async def client(kubeconfig: Path) -> AsyncIterator[Client]:
    """An administrator; gadgets are served."""
    async with Client.of(kubeconfig) as connected:
        await connected.create(DEFINITIONS, DEFINITION)
        with anyio.fail_after(30):
            while (await connected.get(gadgets())).code != 200:  # noqa: ASYNC110 - no event tells
                await anyio.sleep(0.05)
        yield connected
        if REAL is not None:
            await connected.delete(DEFINITION_PATH)


@pytest.fixture
async def place(client: Client) -> AsyncIterator[Place]:
    """A namespace for this test."""
    name = f"contract-{secrets.token_hex(4)}"
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    assert (await client.create("/api/v1/namespaces", body)).code == 201
    yield Place(name)
    await client.delete(f"/api/v1/namespaces/{name}")
