"""What goes wrong with trust while a fleet runs: no peel is lost, none needs hands.

Tokens that live for a day live for seconds here.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from pathlib import Path

import pytest

from support.dev import Dev, until
from support.masters import masters
from zester.trust.bundle import read_bundle
from zester.trust.disk.realm_folder import read_ledger

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

LIFE, GRACE = 6.0, 600.0
BACK = 60.0
SKEWED = Path(__file__).parent / "skewed"

MakeDev = Callable[..., Dev]


@pytest.fixture
def dev(tmp_path: Path) -> Iterator[MakeDev]:
    """``dev(peels, lifetime=…)`` starts a set-up whose tokens live for so long."""
    with ExitStack() as stack:

        def start(peels: int, *, lifetime: float = LIFE) -> Dev:
            made = Dev(tmp_path)
            made.environment |= {
                "ZESTER_MASTER_TOKEN_LIFETIME": str(lifetime),
                "ZESTER_MASTER_TOKEN_GRACE": str(GRACE),
                "ZESTER_MASTER_LEASE_TTL": "3",
                "ZESTER_MASTER_KEEP_INTERVAL": "1",
                "ZESTER_PEEL_BUS_RESYNC": "2",
                "ZESTER_PASSPHRASE_FILE": str(tmp_path / ".zester/passphrase"),
            }
            stack.callback(_down, made)
            made.zester("dev", "up", "--peels", str(peels), "--detach")
            return made

        yield start


def _down(made: Dev) -> None:
    if (made.folder / ".zester/dev.json").exists():
        made.zester("dev", "down")


def push(made: Dev, text: str, *more: str) -> None:
    made.write(
        {
            "states/top.zy": "base:\n  '*':\n    - all\n",
            "states/all.zy": f"/srv/a:\n  file.managed:\n    - contents: {text}\n"
            "    - makedirs: True\n",
        }
    )
    made.zester("push", "tree", *more)


def shows(made: Dev, text: str, peel: int = 1) -> bool:
    file = made.root(peel) / "srv/a"
    return file.exists() and file.read_text() == f"{text}\n"


def ready(made: Dev, *peels: str) -> bool:
    return all(made.status()[peel]["ready"] == "True" for peel in peels)


def metric(made: Dev, process: str, name: str) -> float:
    with urllib.request.urlopen(f"http://{made.probe(process)}/metrics", timeout=30) as answer:
        text = answer.read().decode()
    return sum(map(float, re.findall(rf"^{name}(?:{{.*}})? (\S+)$", text, re.MULTILINE)))


def connected(made: Dev, peel: str) -> bool:
    return metric(made, peel, "zester_bus_connected") == 1


def cut_off(made: Dev, peel: str) -> bool:
    return not connected(made, peel)


def follows(made: Dev, text: str, *peels: int) -> None:
    """Push and wait until every peel shows it, however long each was away."""
    push(made, text)
    for peel in peels:
        until(f"peel-{peel} follows", partial(shows, made, text, peel), BACK)
    until("all are ready", lambda: ready(made, *(f"peel-{peel}" for peel in peels)), BACK)


def reload_server(made: Dev) -> None:
    os.kill(made.pid("nats"), signal.SIGHUP)


def restart_server(made: Dev) -> None:
    """Kill the server and start it again: every connection is made anew."""
    made.kill("nats")
    made.zester("dev", "start", "nats")


def serial_of(made: Dev, peel: str) -> int:
    """The serial of the trust bundle that a peel keeps on its disk."""
    ledger = read_ledger(made.folder / ".zester/trust")
    data = (made.folder / ".zester/peels" / peel / "state/trust/bundle").read_bytes()
    return read_bundle(data, operator=ledger.operator, env="base").bundle.serial


def rotate(made: Dev, *what: str) -> None:
    made.zester("trust", "rotate", ".zester/trust", *what)


def test_while_no_master_renews_peels_take_care_of_their_machines_and_come_back(
    dev: MakeDev,
) -> None:
    made = dev(2)
    push(made, "one", "--wait")

    made.kill("master")
    for peel in ("peel-1", "peel-2"):
        until("its token has run out", partial(cut_off, made, peel), 4 * LIFE)
    (made.root() / "srv/a").write_text("foreign\n")
    until("drift is corrected", lambda: shows(made, "one"))
    push(made, "two")
    time.sleep(LIFE)  # long after: nothing lets them in
    assert not connected(made, "peel-1")
    assert shows(made, "one")
    made.zester("dev", "start", "master")

    until("the push arrives", lambda: shows(made, "two") and shows(made, "two", 2), BACK)
    until("both are ready", lambda: ready(made, "peel-1", "peel-2"), BACK)
    follows(made, "three", 1, 2)


def test_a_server_killed_again_and_again_keeps_those_out_who_were_cut_off(dev: MakeDev) -> None:
    made = dev(2)
    push(made, "one", "--wait")
    made.zester("enroll", "revoke", "peel-2")
    until("it is out", partial(cut_off, made, "peel-2"))

    for number in range(3):
        restart_server(made)
        follows(made, f"after {number}", 1)
        assert not connected(made, "peel-2")

    assert shows(made, "one", 2)
    assert set(made.status()) == {"peel-1"}


@pytest.mark.parametrize("wrong", [-600, 600])
def test_a_peel_whose_clock_is_ten_minutes_wrong_renews_and_follows(
    dev: MakeDev, wrong: int
) -> None:
    made = dev(2, lifetime=10)
    made.zester("dev", "stop", "peel-1")
    ahead = {"PYTHONPATH": f"{SKEWED}:{os.environ.get('PYTHONPATH', '')}"}
    right = dict(made.environment)
    made.environment |= {**ahead, "ZESTER_TEST_CLOCK": str(wrong)}
    made.zester("dev", "start", "peel-1")
    made.environment = right

    push(made, "one")
    until("it follows", lambda: shows(made, "one"), BACK)
    renewed = '"credentials renewed"'
    until("it renews over and over", lambda: made.log("peel-1").count(renewed) >= 3, BACK)
    follows(made, "two", 1, 2)
    conditions = made.status()["peel-1"]["status"]["conditions"]
    assert {one["type"] for one in conditions} == {"Ready"}, conditions


def test_certificate_and_authority_are_replaced_under_running_peels(dev: MakeDev) -> None:
    made = dev(3, lifetime=600)
    peels = ("peel-1", "peel-2")
    push(made, "one", "--wait")
    made.zester("dev", "stop", "peel-3")  # away during all of it
    server = made.folder / ".zester/trust/server"
    before = serial_of(made, "peel-1")
    shutil.copytree(server, made.folder / "old", ignore=shutil.ignore_patterns("data"))

    rotate(made, "server")
    reload_server(made)
    restart_server(made)
    follows(made, "other certificate", 1, 2)

    rotate(made, "ca")
    until("all have both", lambda: all(serial_of(made, each) > before for each in peels), BACK)
    follows(made, "both authorities", 1, 2)
    both = serial_of(made, "peel-1")
    rotate(made, "server")
    reload_server(made)
    restart_server(made)
    follows(made, "new authority's certificate", 1, 2)
    rotate(made, "ca", "--finish")
    until("the old is gone", lambda: all(serial_of(made, each) > both for each in peels), BACK)
    made.zester("dev", "start", "peel-3")
    follows(made, "new authority alone", 1, 2, 3)

    new = made.folder / "new"
    shutil.copytree(server, new, ignore=shutil.ignore_patterns("data"))
    for name in ("server.pem", "server.key"):
        shutil.copy2(made.folder / "old" / name, server / name)
    restart_server(made)  # a server with a certificate of the authority that was taken away
    time.sleep(5)
    assert not any(connected(made, each) for each in (*peels, "peel-3"))
    for name in ("server.pem", "server.key"):
        shutil.copy2(new / name, server / name)
    restart_server(made)
    follows(made, "again", 1, 2, 3)


def second_master(made: Dev) -> AbstractContextManager[object]:
    """Run another master beside that of the set-up."""
    life = {"token_lifetime": "600", "token_grace": str(GRACE)}
    return masters(made.folder / ".zester/trust/masters/base", made.folder, "second", **life)


def enrolling(made: Dev, name: str, word: str) -> subprocess.Popen[str]:
    state = str(made.folder / "machines" / name)
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "zester_peel.main", "enroll", "--id", name),
            *("--token", word, "--state-dir", state, "--timeout", "60"),
        ],
        env={**os.environ, **made.environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_a_master_that_dies_while_machines_ask_leaves_them_to_the_other(dev: MakeDev) -> None:
    made = dev(1, lifetime=600)
    word = made.zester("enroll", "token", "create", "--uses", "6").stdout.strip()
    names = [f"web-{number}" for number in range(6)]
    with second_master(made):
        asking = [enrolling(made, name, word) for name in names]
        until("one is in", lambda: any(one.poll() == 0 for one in asking), BACK)
        made.kill("master")

        said = [one.communicate(timeout=BACK)[0] for one in asking]

        assert [one.returncode for one in asking] == [0] * 6, said
        listed = made.zester("enroll", "list").stdout
        assert all(name in listed for name in names), listed
        tokens = made.zester("enroll", "token", "list").stdout
        assert "6/6" in tokens, tokens
        follows(made, "one", 1)


def test_a_master_that_dies_while_it_grants_settings_leaves_that_to_the_other(
    dev: MakeDev,
) -> None:
    made = dev(3, lifetime=600)
    everybody = "base:\n  '*':\n    - all\n"
    made.write({"settings/top.zy": everybody, "settings/all.zy": "word: first\n"})
    text = "'{{ settings.word }}'"
    with second_master(made):
        push(made, text, "--wait")
        assert shows(made, "first", 3)
        made.write(
            {
                "settings/top.zy": everybody + "    - more\n",
                "settings/more.zy": "word: second\n",
            }
        )
        pushing = made.start("push", "tree")
        made.kill("master")
        said = pushing.communicate(timeout=BACK)

        if pushing.returncode != 0:  # the master that was asked for a key is the one that died
            assert "push" in said[1] or "master" in said[1], said
            until("pushed", lambda: made.zester("push", "tree", code=None).returncode == 0, BACK)
        for peel in (1, 2, 3):
            until(f"peel-{peel} has it", partial(shows, made, "second", peel), BACK)
        until("all are ready", lambda: ready(made, "peel-1", "peel-2", "peel-3"), BACK)
