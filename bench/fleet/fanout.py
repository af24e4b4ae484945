"""One command, 100,000 subscriptions: when has the server passed it on to all of them?

``publish`` is the caller's part, ``server`` ends when the server has handed the last one over to a
connection (it then answers the caller's PING), ``client`` when the last byte has arrived.
"""

from __future__ import annotations

import base64
import json
import multiprocessing
import os
import selectors
import socket
import ssl
import statistics
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

import anyio

from bench.figures import Figure
from zester.bus.buckets import JOBS
from zester.bus.link.connection import Bus, open_bus
from zester.bus.link.login import FixedLogin
from zester.bus.server.embedded import EmbeddedServer, free_port
from zester.bus.server.provision import provision
from zester.resources.jobs.job import Job, new_job_id
from zester.trust.credentials import Credentials
from zester.trust.realm import Realm
from zester.trust.tiers import Tier

ENV = "base"
SUBSCRIPTIONS, CONNECTIONS = 100_000, 200
COMMANDS = 7
CHUNK = 1024 * 1024
READY = 60.0


def measure() -> list[Figure]:
    """Subscribe as peels do, over TLS and with their rights; publish a signed job, each time."""
    with tempfile.TemporaryDirectory(prefix="zester-bench-") as folder:
        realm = Realm.generate((ENV,))
        server = EmbeddedServer(Path(folder) / "nats", port=free_port(), realm=realm)
        samples = anyio.run(_measure, realm, server)
    parts = [statistics.median(each) for each in zip(*samples, strict=True)]
    publish, served, heard, cpu = (value * 1000 for value in parts)
    count = f"{SUBSCRIPTIONS:,}"
    print(f"  one job → {count} subscriptions: publish {publish:.1f} ms, server {served:.1f} ms")
    print(f"  (of its processors {cpu:.0f} ms until the client has all), client {heard:.1f} ms")
    return [Figure(f"fan-out to {count} subscriptions, server", publish + served, 250, "ms")]


async def _measure(realm: Realm, server: EmbeddedServer) -> list[tuple[float, ...]]:
    context = multiprocessing.get_context("fork")
    async with server:
        master = FixedLogin(realm.issue(ENV, Tier.MASTER, "m"), realm.authority_certificates)
        async with open_bus([server.url], name="master", login=master) as bus:
            await provision(bus)
        ours, theirs = context.Pipe()
        peels = context.Process(target=_listen, args=(realm, server.port, theirs), daemon=True)
        peels.start()
        theirs.close()
        try:
            who = realm.issue(ENV, Tier.OPERATOR, "alice")
            login = FixedLogin(who, realm.authority_certificates)
            async with open_bus([server.url], name="alice", login=login) as bus:
                await anyio.to_thread.run_sync(_expect, ours, READY)
                return [await _command(bus, realm, server, ours) for _ in range(COMMANDS)]
        finally:
            peels.terminate()
            peels.join()


async def _command(
    bus: Bus, realm: Realm, server: EmbeddedServer, ours: Connection
) -> tuple[float, ...]:
    """Return the seconds of publish, server and client, and of the server's processors."""
    job = Job(jid=new_job_id(), target="*", function="test.ping")
    signer = realm.signer(ENV, Tier.OPERATOR, "alice")
    subject = JOBS.live(job.jid)
    expires = time.time() + 60
    ours.send((subject, len(signer.sign(f"jobs.{job.jid}", job.encode(), expires=expires))))
    await anyio.to_thread.run_sync(_expect, ours, READY)
    before = _processors(server.pid)
    start = time.monotonic()
    await bus.publish(subject, signer.sign(f"jobs.{job.jid}", job.encode(), expires=expires))
    published = time.monotonic()
    await bus.flush()
    flushed = time.monotonic()
    heard = await anyio.to_thread.run_sync(_expect, ours, READY)
    return published - start, flushed - published, heard - flushed, _processors(server.pid) - before


def _expect(ours: Connection, patience: float) -> float:
    if not ours.poll(patience):
        raise TimeoutError("the subscribers have not heard everything")
    return float(ours.recv())


def _processors(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _listen(realm: Realm, port: int, told: Connection) -> None:
    """Subscribe; then tell, for each command, when the last byte of all messages was there."""
    each = SUBSCRIPTIONS // CONNECTIONS
    open_ = [_connect(realm, port, number, each) for number in range(CONNECTIONS)]
    told.send(0.0)
    with selectors.DefaultSelector() as ready:
        for one in open_:
            one.setblocking(False)
            ready.register(one, selectors.EVENT_READ)
        while True:
            subject, size = told.recv()
            wanted = CONNECTIONS * sum(
                len(f"MSG {subject} {number} {size}\r\n") + size + 2
                for number in range(1, each + 1)
            )
            told.send(0.0)
            while wanted > 0:
                for key, _ in ready.select(READY):
                    wanted -= _read(key.fileobj)
            told.send(time.monotonic())


def _read(one: object) -> int:
    """Return how many bytes of messages a connection had; it is answered when the server asks."""
    assert isinstance(one, ssl.SSLSocket)  # noqa: S101 - that is what was registered
    count = 0
    while True:
        try:
            data = one.recv(CHUNK)
        except ssl.SSLWantReadError:
            return count
        if not data:
            raise ConnectionError("the server closed a connection")
        if data == b"PING\r\n":
            one.sendall(b"PONG\r\n")
        else:
            count += len(data)


def _connect(realm: Realm, port: int, number: int, subscriptions: int) -> ssl.SSLSocket:
    """Log in as a peel and subscribe to every job, so many times."""
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trust.load_verify_locations(cadata="\n".join(realm.authority_certificates))
    plain = socket.create_connection(("127.0.0.1", port))
    one = trust.wrap_socket(plain, server_hostname="127.0.0.1")
    info = json.loads(one.recv(CHUNK).partition(b" ")[2])
    who: Credentials = realm.issue(ENV, Tier.PEEL, f"peel-{number}")
    signature = base64.urlsafe_b64encode(who.key.sign(info["nonce"].encode())).decode().rstrip("=")
    hello = {"verbose": False, "pedantic": False, "jwt": who.token, "sig": signature, "protocol": 1}
    wishes = "".join(f"SUB {JOBS.live('*')} {each}\r\n" for each in range(1, subscriptions + 1))
    one.sendall(f"CONNECT {json.dumps(hello)}\r\n{wishes}PING\r\n".encode())
    answer = b""
    while b"PONG" not in answer:
        answer += one.recv(CHUNK)
        if b"-ERR" in answer:
            raise ConnectionError(answer.decode())
    return one
