"""A leaf site: its machines know one server, and that one loses the hub now and then."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from hosts.clusters.installation import LEAF, LEAF_SITE, SERVERS, Installation
from hosts.clusters.switch import Switch
from hosts.conftest import Figure
from hosts.network import Namespace
from support.dev import until
from support.machines.host import ManagedHost

pytestmark = pytest.mark.timeout(600)

CUT = float(os.environ.get("ZESTER_HOSTS_CUT", "20"))
"""Seconds that the link to the hub is cut; a minute with ZESTER_HOSTS_CUT=60."""

BACK = 60.0
URL = f"tls://{LEAF_SITE}:4222"
NAMES = ("shop-01", "shop-02")


@dataclass(frozen=True, slots=True)
class Branch:
    """A hub, a site with two machines, and the network of the site's server."""

    made: Installation
    leaf: Namespace
    hosts: tuple[ManagedHost, ...]

    def cut(self) -> None:
        self.made.hub.cut(self.leaf)

    def heal(self) -> None:
        self.made.hub.heal(self.leaf)


@pytest.fixture
def branch(tmp_path: Path) -> Iterator[Branch]:
    """Three servers, a master, a leaf site called ``shop`` with two enrolled machines."""
    with ExitStack() as stack:
        made = Installation(tmp_path / "site", stack)
        made.init(*SERVERS)
        trust = str(made.realm.trust)
        made.zester("trust", "leaf", trust, "shop", "--host", LEAF_SITE, "--offline")
        for host in SERVERS:
            made.start_server(host)
        made.start_master()
        site = Switch("site")
        stack.callback(site.remove)
        leaf = made.networks["shop"] = made.network("leaf")
        made.hub.join(leaf, LEAF)
        site.join(leaf, LEAF_SITE)
        made.start_server("shop", "leaves/shop")
        until("the site is there", partial(_mirrored, made), BACK)
        hosts = []
        for number, name in enumerate(NAMES):
            network = made.network(name)
            site.join(network, f"10.231.6.{10 + number}")
            hosts.append(made.peel(name, network, URL))
        yield Branch(made, leaf, tuple(hosts))


def _mirrored(made: Installation) -> bool:
    return "not connected" not in made.zester("trust", "publish", str(made.realm.trust))


def managed(generation: int) -> str:
    return f"/srv/made:\n  file.managed:\n    - makedirs: True\n    - contents: {generation}\n"


def made_everywhere(branch: Branch, generation: int) -> bool:
    return all(host.text("/srv/made") == f"{generation}\n" for host in branch.hosts)


def answered(branch: Branch, *args: str) -> set[str]:
    """Run a command on all; return who answered."""
    code, said = branch.made.command("*", *args)
    assert code == 0, said
    return {each["peel"] for each in said}


def tamper(host: ManagedHost, generation: int) -> float:
    """Change a file behind the peel's back; return the seconds until it is put right."""
    host.path("/srv/made").write_text("foreign")
    begun = time.monotonic()
    until("drift corrected", lambda: host.text("/srv/made") == f"{generation}\n", 5)
    return time.monotonic() - begun


def all_ready(branch: Branch) -> bool:
    found = branch.made.status()
    return all(found[name]["ready"] == "True" for name in NAMES)


def told_once(branch: Branch) -> None:
    """Every report has arrived, in order, none twice."""
    for name in NAMES:
        numbers = branch.made.report_numbers(name)
        assert numbers == list(range(1, len(numbers) + 1)), name
        assert numbers, name


def returns(branch: Branch, jid: str) -> int:
    """How many returns of a job the hub has."""
    return len(branch.made.told(f"zester.job.{jid}.return.*", "JOBS"))


def lines(path: Path) -> int:
    return len(path.read_text().splitlines()) if path.exists() else 0


def test_a_cut_and_healed_site_loses_and_doubles_nothing(
    branch: Branch, figure: Figure, tmp_path: Path
) -> None:
    made, began, ran = branch.made, tmp_path / "began", tmp_path / "ran"
    begun = time.monotonic()
    made.push(managed(1), "--wait", "--timeout", "60")
    figure(f"leaf: push --wait {time.monotonic() - begun:.2f} s")
    assert made_everywhere(branch, 1)
    begun = time.monotonic()
    assert answered(branch, "cmd.run", "echo one") == set(NAMES)
    figure(f"leaf: command answered {time.monotonic() - begun:.2f} s")
    slow = made.zester("--async", "*", "cmd.run", f"echo >> {began}; sleep 5; echo done").strip()
    until("the slow command runs", lambda: lines(began) == len(NAMES))

    branch.cut()
    begun = time.monotonic()
    corrected = [tamper(host, 1) for host in branch.hosts]
    made.push(managed(2))
    late = made.zester(
        *("--durable", "--until", "1h", "--async", "*", "cmd.run", f"echo >> {ran}"),
    ).strip()
    until("silence is Unknown", lambda: made.status()[NAMES[0]]["ready"] == "Unknown", 60)
    figure(f"leaf cut: Unknown after {time.monotonic() - begun:.1f} s (lease of 5 s)")
    branch.hosts[0].stop()
    branch.hosts[0].start()  # there is the site's server only
    time.sleep(max(0.0, CUT - (time.monotonic() - begun)))
    corrected += [tamper(host, 1) for host in branch.hosts]
    figure(f"leaf cut for {CUT:g} s: drift corrected in {max(corrected) * 1000:.0f} ms at most")
    assert lines(ran) == 0
    branch.heal()

    begun = time.monotonic()
    for what, holds in (
        ("commands from before the cut returned", lambda: returns(branch, slow) == len(NAMES)),
        ("commands answered", lambda: made.command("*", "test.ping")[0] == 0),
        ("the push converged", partial(made_everywhere, branch, 2)),
        ("durable commands ran", lambda: lines(ran) == len(NAMES)),
        ("durable commands returned", lambda: returns(branch, late) == len(NAMES)),
        ("Ready", partial(all_ready, branch)),
    ):
        until(what, holds, BACK)
        figure(f"leaf healed: {what} after {time.monotonic() - begun:.1f} s")
    assert (lines(ran), lines(began)) == (len(NAMES), len(NAMES))
    assert (returns(branch, late), returns(branch, slow)) == (len(NAMES), len(NAMES))
    told_once(branch)
    found = json.loads(made.zester("trust", "lint", str(made.realm.trust), "-o", "json"))
    assert {each["severity"] for each in found} == {"info"}


def connected(host: ManagedHost) -> bool:
    return host.metric("zester_bus_connected") == 1


def test_whoever_is_revoked_at_the_hub_is_cut_off_at_the_site(
    branch: Branch, figure: Figure
) -> None:
    made, (stays, goes) = branch.made, branch.hosts
    for generation in (1, 2, 3):
        begun = time.monotonic()
        made.push(managed(generation))
        taken = time.monotonic()
        until("the push converged", partial(made_everywhere, branch, generation), BACK)
        figure(f"leaf: push {taken - begun:.2f} s, converged {time.monotonic() - taken:.2f} s on")

    begun = time.monotonic()
    made.zester("enroll", "revoke", goes.name, "--reason", "sold")
    until("the revoked peel is cut off", lambda: not connected(goes), BACK)
    figure(f"leaf: revoked peel cut off {time.monotonic() - begun:.1f} s after the command began")
    assert connected(stays)

    branch.cut()
    made.kill("shop")
    made.start_server("shop", "leaves/shop")
    until("the peel is back at its server", lambda: connected(stays), BACK)
    tamper(stays, 3)
    made.zester("enroll", "revoke", stays.name, "--reason", "sold")
    time.sleep(3)
    assert connected(stays)  # nobody can tell the site's server
    branch.heal()
    begun = time.monotonic()
    until("the site learns what it missed", lambda: not connected(stays), BACK)
    figure(f"leaf healed: peel revoked meanwhile cut off after {time.monotonic() - begun:.1f} s")

    made.zester("trust", "revoke", str(made.realm.trust), "shop")
    said = made.zester("trust", "publish", str(made.realm.trust))
    assert "not connected" not in said
    with pytest.raises(AssertionError, match=r"no answer|not connected|nobody"):
        made.peel("late", made.networks["shop"], URL)
