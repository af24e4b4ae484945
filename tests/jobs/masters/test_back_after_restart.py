"""A fleet whose server was away for long answers soon after it is back."""

from __future__ import annotations

import os
import time
from pathlib import Path

import anyio
import pytest

from support.crowd import Crowd, names_of
from support.masters import masters
from support.operators import command, operator_on
from support.peel import until
from support.realm_folder import Site, make_site
from zester.errors import BusUnavailable

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

PEELS = 20
AWAY = float(os.environ.get("ZESTER_TEST_AWAY", "8"))
SOON = 3.0


def test_all_answer_within_three_seconds_after_server_and_master_were_away(tmp_path: Path) -> None:
    site = make_site(tmp_path)
    crowd = Crowd(site.realm.realm, site.server.url, tmp_path / "peels", names_of(PEELS))
    with crowd.running():
        took = [anyio.run(_restarted, site, tmp_path)]
        while took[-1] > SOON and len(took) < 4:  # the machine may be busy for a moment
            took.append(anyio.run(_restarted, site, tmp_path))
    assert took[-1] <= SOON, took


async def _restarted(site: Site, folder: Path) -> float:
    with masters(site.master, folder, "one") as (master,):
        await site.server.start()
        try:
            await until("all answer", lambda: _answered(site), 120)
            master.kill()
            await site.server.kill()
            await anyio.sleep(AWAY)
            await site.server.start()
            begun = time.monotonic()
            master.start()
            await until("all answer again", lambda: _answered(site), 60)
            return time.monotonic() - begun
        finally:
            await site.server.stop()


async def _answered(site: Site) -> bool:
    try:
        async with operator_on(site.server) as operator:
            outcome = await command(operator, "*", "test.ping")
    except BusUnavailable:
        return False
    return len(outcome.returns) == PEELS
