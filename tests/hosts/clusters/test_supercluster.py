"""Two clusters, connected by gateways: machines of either are one fleet."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from hosts.clusters.installation import SERVERS, Installation
from hosts.conftest import Figure
from support.dev import until

pytestmark = pytest.mark.timeout(600)

WEST = ("10.231.5.4", "10.231.5.5", "10.231.5.6")
MADE = "/srv/made:\n  file.managed:\n    - makedirs: True\n    - contents: one\n"


def test_machines_behind_either_cluster_converge_and_answer(tmp_path: Path, figure: Figure) -> None:
    with ExitStack() as stack:
        made = Installation(tmp_path / "site", stack)
        made.init(
            *(*SERVERS, *WEST),
            clusters=(f"east={','.join(SERVERS)}", f"west={','.join(WEST)}"),
        )
        for host in (*SERVERS, *WEST):
            made.start_server(host)
        made.start_master()
        hosts = []
        for number, servers in enumerate((SERVERS, WEST), 31):
            network = made.network(f"web-{number}")
            made.hub.join(network, f"10.231.5.{number}")
            url = ",".join(f"tls://{host}:4222" for host in servers)
            hosts.append(made.peel(f"web-{number}", network, url))

        made.push(MADE, "--wait", "--timeout", "60")
        assert [host.text("/srv/made") for host in hosts] == ["one\n", "one\n"]
        code, said = made.command("*", "test.ping")
        assert code == 0
        assert {each["peel"] for each in said} == {"web-31", "web-32"}
        places = {found["cluster"]["name"] for found in made.streams().values()}
        assert len(places) == 1  # all of it is in one of the two
        figure(f"supercluster: all streams in {places.pop()}")

        made.kill(next(iter(WEST)))
        until("commands are answered", lambda: made.command("*", "test.ping")[0] == 0, 60)
