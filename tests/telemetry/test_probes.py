"""The probes answer well-meant requests and survive the others."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import pytest

from zester.errors import SettingsError
from zester.telemetry import probes
from zester.telemetry.checks import Checks
from zester.telemetry.metrics import Metrics
from zester.telemetry.probes import serve_probes

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def serving(checks: Checks) -> AsyncIterator[tuple[str, int]]:
    async with anyio.create_task_group() as tasks:
        yield await tasks.start(serve_probes, "zester-peel", checks, "127.0.0.1", 0)
        tasks.cancel_scope.cancel()


async def raw(address: tuple[str, int], request: bytes) -> bytes:
    with anyio.fail_after(20):
        async with await anyio.connect_tcp(*address) as stream:
            received = b""
            try:
                await stream.send(request)
                while True:
                    received += await stream.receive()
            except (anyio.EndOfStream, anyio.BrokenResourceError):
                return received


async def ask(address: tuple[str, int], path: str, method: str = "GET") -> tuple[int, bytes]:
    answer = await raw(address, f"{method} {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), body


async def test_a_living_process_says_so() -> None:
    async with serving(Checks("bus")) as address:
        assert address[1] != 0
        status, body = await ask(address, "/healthz?verbose=1")
        assert status == 200
        assert json.loads(body) == {"component": "zester-peel", "alive": True}


async def test_readiness_names_the_check_that_fails() -> None:
    checks = Checks("bus", "desired")
    async with serving(checks) as address:
        assert (await ask(address, "/readyz"))[0] == 503
        checks.set("bus", ok=True)
        checks.set("desired", ok=False, message="no head yet")
        status, body = await ask(address, "/readyz")
        assert status == 503
        assert json.loads(body)["checks"]["desired"] == {"ok": False, "message": "no head yet"}
        checks.set("desired", ok=True)
        status, body = await ask(address, "/readyz")
        assert (status, json.loads(body)["ready"]) == (200, True)


async def test_a_process_without_checks_is_not_ready() -> None:
    async with serving(Checks()) as address:
        assert (await ask(address, "/readyz"))[0] == 503


async def test_metrics_are_served() -> None:
    metrics = Metrics()
    metrics.agent_checks.inc(5)
    async with anyio.create_task_group() as tasks:
        address = await tasks.start(
            lambda task_status: serve_probes(
                "zester-peel", Checks(), "127.0.0.1", 0, metrics=metrics, task_status=task_status
            )
        )
        status, body = await ask(address, "/metrics")
        assert status == 200
        assert b"\nzester_agent_checks_total 5.0\n" in body
        tasks.cancel_scope.cancel()


async def test_head_has_no_body_and_others_are_refused() -> None:
    async with serving(Checks()) as address:
        assert await ask(address, "/healthz", "HEAD") == (200, b"")
        assert (await ask(address, "/healthz", "POST"))[0] == 405
        assert (await ask(address, "/../etc/passwd"))[0] == 404


@pytest.mark.parametrize(
    "request_",
    [
        b"\r\n\r\n",
        b"\x00\xff\xfe\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET http://elsewhere/ HTTP/1.1\r\n\r\n",
        b"get /healthz HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET /" + b"a" * 20_000,
        b"x" * 100_000,
    ],
)
async def test_hostile_requests_are_refused_and_do_no_harm(request_: bytes) -> None:
    async with serving(Checks()) as address:
        answer = await raw(address, request_)
        assert answer == b"" or answer.split()[1] in (b"400", b"404")
        assert (await ask(address, "/healthz"))[0] == 200


async def test_a_client_that_leaves_early_does_no_harm() -> None:
    async with serving(Checks()) as address:
        for sent in (b"", b"GET /hea", b"GET /healthz HTTP/1.1\r\n\r\n"):
            stream = await anyio.connect_tcp(*address)
            if sent:
                await stream.send(sent)
            await stream.aclose()
        assert (await ask(address, "/healthz"))[0] == 200


async def test_silent_clients_are_shown_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "REQUEST_SECONDS", 0.05)
    async with serving(Checks()) as address:
        streams = [await anyio.connect_tcp(*address) for _ in range(probes.MOST_CONNECTIONS + 8)]
        with anyio.fail_after(20):
            for stream in streams:
                with pytest.raises((anyio.EndOfStream, anyio.BrokenResourceError)):
                    await stream.receive()
                await stream.aclose()
            assert (await ask(address, "/healthz"))[0] == 200


async def test_a_taken_port_is_named() -> None:
    async with serving(Checks()) as (host, port):
        with pytest.raises(SettingsError, match=f"{host}:{port}"):
            await serve_probes("zester-peel", Checks(), host, port)
