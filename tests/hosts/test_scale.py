"""Many files and many revisions: own work stays silent and nothing piles up."""

from __future__ import annotations

import time
from collections.abc import Iterable

import anyio
import pytest

from hosts.conftest import Figure
from hosts.site import Site
from support.dev import until
from support.machines.host import ManagedHost
from zester.bus.buckets import STATUS
from zester.bus.keys import make_key
from zester.bus.kv import Kv
from zester.bus.link.connection import Bus
from zester.resources.nodes.status import PeelStatus
from zester.trust.tiers import Tier

FILES = 10_000
SWITCHES = 200

MANY = f"""
{{% for number in range({FILES}) %}}
/srv/d{{{{ number % 100 }}}}/f{{{{ number }}}}:
  file.managed:
    - contents: {{{{ 1 if number % 10 else settings.generation }}}} {{{{ number }}}}
    - makedirs: True
{{% endfor %}}
"""

SETTINGS_TOP = "base:\n  '*':\n    - all\n"

pytestmark = pytest.mark.timeout(600)


def generation(site: Site, number: int) -> None:
    folder = site.tree / "settings"
    folder.mkdir(exist_ok=True)
    (folder / "top.zy").write_text(SETTINGS_TOP)
    (folder / "all.zy").write_text(f"generation: {number}\n")


def switch(site: Site, numbers: Iterable[int]) -> None:
    """Push one revision for each number and let each be applied; two sets of folders in turn."""
    key = make_key("web-01")

    async def work(bus: Bus) -> None:
        status = Kv(bus, STATUS, PeelStatus)
        for number in numbers:
            site.write(
                "".join(
                    f"/srv/{'ab'[number % 2]}{folder}/f{file}:\n  file.managed:\n"
                    f"    - contents: n{number}\n    - makedirs: True\n"
                    for folder in range(10)
                    for file in range(2)
                )
            )
            revision = await site.publish_over(bus)
            with anyio.fail_after(30):
                while True:
                    entry = await status.get(key)
                    if entry and entry.value.applied.get("cli") == revision:
                        break
                    await anyio.sleep(0.01)

    site.ask(work, Tier.PUBLISHER)


def steady(host: ManagedHost) -> list[str]:
    """Return what the host holds open once nothing of it is about to be closed."""
    seen: list[list[str]] = []

    def same_for_a_second() -> bool:
        seen.append(host.descriptors())
        time.sleep(0.1)
        return len(seen) >= 10 and all(one == seen[-1] for one in seen[-10:])

    until("the descriptors are steady", same_for_a_second, 10)
    return seen[-1]


def test_10_000_own_writes_trigger_no_run(site: Site, host: ManagedHost, figure: Figure) -> None:
    for number, what in ((1, "new"), (2, "of them, a tenth changed")):
        generation(site, number)
        begun, used = time.monotonic(), host.cpu()
        site.push(MANY)
        took, used = time.monotonic() - begun, host.cpu() - used
        figure(f"{FILES} files {what}: converged in {took:.1f} s, {used:.1f} s of processor time")
        assert host.text("/srv/d0/f0") == f"{number} 0\n"
        assert host.text(f"/srv/d99/f{FILES - 1}") == f"1 {FILES - 1}\n"
    # The sensor has judged all of it once it has judged what came last.
    host.path("/srv/d7/f7").write_text("foreign")
    until("one edit among them is seen", lambda: host.text("/srv/d7/f7") == "1 7\n", 5)

    until("it is counted", lambda: host.metric("zester_agent_runs_total", cause="drift") > 0, 5)
    assert host.metric("zester_sensors_events_total") >= FILES
    assert host.metric("zester_agent_runs_total", cause="drift") == 1
    assert host.metric("zester_sensors_overflows_total") == 0
    assert host.metric("zester_agent_runs_total", cause="revision") == 2
    assert host.leftovers() == []


def test_revision_switches_leave_no_descriptor_and_no_watch_behind(
    site: Site, host: ManagedHost, figure: Figure
) -> None:
    switch(site, range(4))
    # The first answer about memory brings the client library in.
    host.metric("zester_process_resident_memory_bytes")
    memory = host.metric("zester_process_resident_memory_bytes")
    descriptors, watches = steady(host), host.watches()

    begun = time.monotonic()
    switch(site, range(SWITCHES))

    took = time.monotonic() - begun
    figure(f"{SWITCHES} revision switches of 20 files: {took:.1f} s, {watches} watches before")
    grown = host.metric("zester_process_resident_memory_bytes") - memory
    figure(f"{SWITCHES} revision switches: memory grew by {grown / 1024 / 1024:.1f} MiB")
    assert steady(host) == descriptors
    assert host.watches() == watches
    assert host.text("/srv/b0/f0") == f"n{SWITCHES - 1}\n"
    assert host.metric("zester_agent_runs_total", cause="drift") == 0
    assert site.consumers() == 0
