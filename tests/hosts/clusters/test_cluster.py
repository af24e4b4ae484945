"""Three servers: one of them may die at any time, also the one that leads."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from hosts.clusters.installation import SERVERS, Installation
from hosts.conftest import Figure
from support.dev import until
from support.machines.host import ManagedHost
from zester.errors import BusUnavailable

pytestmark = pytest.mark.timeout(600)

BACK = 60.0
URL = ",".join(f"tls://{host}:4222" for host in SERVERS)


@pytest.fixture
def three(tmp_path: Path) -> Iterator[Installation]:
    """A cluster of three, and a master."""
    with ExitStack() as stack:
        made = Installation(tmp_path / "site", stack)
        made.init(*SERVERS)
        for host in SERVERS:
            made.start_server(host)
        made.start_master()
        yield made


def managed(generation: int) -> str:
    return f"/srv/made:\n  file.managed:\n    - makedirs: True\n    - contents: {generation}\n"


def leader_of(made: Installation, stream: str) -> str:
    """Return the host of the server that leads a stream."""
    name = str(made.streams()[stream]["cluster"]["leader"])
    return next(host for host in SERVERS if host.replace(".", "-") in name)


def pushed(made: Installation, generation: int) -> bool:
    (made.tree / "states/all.zy").write_text(managed(generation))
    return made.run("push", str(made.tree)).returncode == 0


def answers(made: Installation) -> bool:
    code, said = made.command("*", "test.ping")
    return code == 0 and "web-01" in str(said)


def on_three(made: Installation) -> bool:
    """Whether each stream has three replicas; a server may join after the buckets are made."""
    return {found["config"]["num_replicas"] for found in made.streams().values()} == {3}


def all_current(made: Installation) -> bool:
    """Whether each stream has a leader and two followers that have everything."""
    try:
        streams = made.streams().values()
    except BusUnavailable:  # they are still electing
        return False
    return all(
        found["cluster"].get("leader")
        and [each["current"] for each in found["cluster"].get("replicas", ())] == [True, True]
        for found in streams
    )


def test_pushes_and_commands_go_on_when_the_leading_server_dies(
    three: Installation, figure: Figure
) -> None:
    until("every stream is on all three", partial(on_three, three), BACK)
    network = three.network("web-01")
    three.hub.join(network, "10.231.5.31")
    host = three.peel("web-01", network, URL)
    three.push(managed(1), "--wait", "--timeout", "60")

    for generation, stream in ((2, "KV_heads"), (3, "JOBS"), (4, "KV_status")):
        victim = leader_of(three, stream)
        three.kill(victim)
        begun = time.monotonic()
        until("a push is taken", partial(pushed, three, generation), BACK)
        figure(f"cluster, leader of {stream} killed: push in {time.monotonic() - begun:.1f} s")
        until("it arrives", partial(made_is, host, generation), BACK)
        figure(f"cluster, leader of {stream} killed: converged {time.monotonic() - begun:.1f} s")
        until("a command is answered", partial(answers, three), BACK)
        figure(f"cluster, leader of {stream} killed: answered {time.monotonic() - begun:.1f} s")
        three.start_server(victim)
        until("the server has caught up", partial(all_current, three), BACK)

    until("it is Ready", lambda: three.status()["web-01"]["ready"] == "True", BACK)
    until("every run is reported", lambda: len(three.report_numbers("web-01")) >= 4, BACK)
    numbers = three.report_numbers("web-01")
    assert numbers == list(range(1, len(numbers) + 1))
    found = json.loads(three.zester("trust", "lint", str(three.realm.trust), "-o", "json"))
    assert {each["severity"] for each in found} == {"info"}


def made_is(host: ManagedHost, generation: int) -> bool:
    return host.text("/srv/made") == f"{generation}\n"
