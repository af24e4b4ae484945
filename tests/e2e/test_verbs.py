"""The command line as a user meets it."""

from __future__ import annotations

import json
import signal
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from support.dev import Dev, alive, until
from support.realm_folder import make_realm

pytestmark = pytest.mark.e2e

StartDev = Callable[[int], Dev]

TREE = {
    "states/top.zy": "base:\n  '*':\n    - web\n",
    "states/web.zy": "f:\n  file.managed:\n    - name: /f\n    - contents: one\n",
}


def test_a_push_waits_for_every_peel_and_says_how_it_went(dev: StartDev) -> None:
    made = dev(2)
    made.write(TREE)

    done = made.zester("push", "tree", "-m", "first", "--wait")

    assert done.stdout.startswith("base/cli revision 1 (2 added, 0 modified, 0 removed;")
    assert "2 peels: 2 ready" in done.stderr
    assert made.root(1).joinpath("f").read_text() == "one\n"
    table = made.zester("status").stdout.splitlines()
    assert table[0].split() == [
        "PEEL", "READY", "REVISION", "LAST", "RUN", "CORRECTED", "LAST", "SEEN", "MESSAGE",
    ]  # fmt: skip
    assert table[1].startswith("peel-1  True   1         revision")


def test_a_tree_with_five_broken_files_names_all_five_and_moves_nothing(dev: StartDev) -> None:
    made = dev(0)
    made.write(
        {
            **TREE,
            "states/jinja.zy": "a:\n  test.nop\n{% if x %}\n",
            "states/yaml.zy": "a:\n  test.nop: [\n",
            "states/twice.zy": "a:\n  test.nop\nb:\n  test.nop\na:\n  test.nop\n",
            "states/list.zy": "- a\n- b\n",
            "settings/tab.zy": "a:\n\tb: 1\n",
        }
    )

    done = made.zester("push", "tree", code=1)

    for place in ("jinja.zy:3", "yaml.zy:", "twice.zy:5", "list.zy:1", "settings/tab.zy:2"):
        assert place in done.stderr, done.stderr
    assert "5 problems in the tree" in done.stderr
    assert "nothing was moved" in done.stderr
    assert "never pushed" in made.zester("history", code=1).stderr


def test_a_failing_peel_is_exit_code_two_with_its_reason(dev: StartDev) -> None:
    made = dev(1)
    made.write({**TREE, "states/web.zy": "bad:\n  test.fail_without_changes\n"})

    done = made.zester("push", "tree", "--wait", code=2)

    assert "failed: peel-1" in done.stderr
    assert "states/web.zy:2" in done.stderr


def test_a_silent_peel_is_unknown_and_exit_code_three(dev: StartDev) -> None:
    made = dev(2)
    made.write(TREE)
    made.zester("push", "tree", "--wait")
    made.kill("peel-2")
    made.write({"states/web.zy": TREE["states/web.zy"].replace("one", "two")})

    done = made.zester("push", "tree", "--wait", "--timeout", "3", code=3)

    assert "1 ready" in done.stderr
    assert "peel-2" in done.stderr

    def unknown() -> bool:
        return bool(made.status()["peel-2"]["ready"] == "Unknown")

    until("its lease has run out", unknown, timeout=60)
    assert "silent" in made.status()["peel-2"]["message"]
    assert "is alive" in made.zester("forget", "peel-1", code=1).stderr
    assert "no peel is called" in made.zester("forget", "peel-9", code=1).stderr
    made.zester("forget", "peel-2")
    assert made.status()["peel-2"]["message"] == "enrolled, but never reported"
    assert "1 peels: 1 ready" in made.zester("push", "tree", "--wait").stderr
    made.zester("dev", "start", "peel-2")
    until("it is back", lambda: made.status().get("peel-2", {}).get("ready") == "True")
    assert made.root(2).joinpath("f").read_text() == "two\n"


def test_a_dry_run_shows_the_difference_and_stores_nothing(dev: StartDev) -> None:
    made = dev(0)
    made.write(TREE)
    assert made.zester("push", "tree", "--dry-run").stdout == "A states/top.zy\nA states/web.zy\n"
    made.zester("push", "tree")
    made.write({"states/web.zy": "g:\n  test.nop\n"})

    assert made.zester("push", "tree", "--dry-run").stdout == "M states/web.zy\n"
    history = json.loads(made.zester("history", "-o", "json").stdout)
    assert [head["revision"] for head in history] == [1]


def test_trees_can_be_listed_read_compared_fetched_and_rolled_back(dev: StartDev) -> None:
    made = dev(1)
    made.write(TREE)
    made.zester("push", "tree", "-m", "first")
    made.write({"states/web.zy": TREE["states/web.zy"].replace("one", "two")})
    made.zester("push", "tree", "-m", "second", "--wait")

    listed = json.loads(made.zester("ls", "states", "-o", "json").stdout)
    assert [file["path"] for file in listed] == ["states/top.zy", "states/web.zy"]
    assert "two" in made.zester("cat", "states/web.zy").stdout
    assert "one" in made.zester("cat", "states/web.zy", "--revision", "1").stdout
    difference = made.zester("diff", "1", "2").stdout
    assert "-    - contents: one" in difference
    assert "+    - contents: two" in difference
    assert made.zester("diff", "1", "2", "--stat").stdout == "M states/web.zy\n"
    made.zester("get", "copy", "--revision", "1")
    assert (made.folder / "copy/states/web.zy").read_text() == TREE["states/web.zy"]
    assert "not an empty folder" in made.zester("get", "copy", code=1).stderr
    made.zester("rollback", "1", "--wait")
    assert made.root().joinpath("f").read_text() == "one\n"
    lines = made.zester("history").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["REVISION", "3", "2", "1"]
    assert "roll back to revision 1" in lines[1]
    assert "no revision 9" in made.zester("rollback", "9", code=1).stderr
    assert "has no file" in made.zester("cat", "nothing", code=1).stderr


def test_status_selects_by_glob_and_by_fact(dev: StartDev) -> None:
    made = dev(2)

    found = json.loads(made.zester("status", "*-2", "-o", "json").stdout)
    assert [peel["peel"] for peel in found] == ["peel-2"]
    found = json.loads(made.zester("status", "G@kernel:Linux and peel-1", "-o", "json").stdout)
    assert [peel["peel"] for peel in found] == ["peel-1"]
    assert "no peel matches" in made.zester("status", "nobody").stderr
    assert "error" in made.zester("status", "a and", code=1).stderr


def test_daemons_answer_their_probes(dev: StartDev) -> None:
    made = dev(1)
    for name in ("master", "peel-1"):
        base = f"http://{made.probe(name)}"
        with urllib.request.urlopen(f"{base}/healthz") as answer:  # noqa: S310 - our own probe
            assert answer.status == 200
            said = json.load(answer)
            assert said == {"component": name.partition("-")[0], "alive": True}
        with urllib.request.urlopen(f"{base}/readyz") as answer:  # noqa: S310
            assert json.load(answer)["ready"] is True
        with urllib.request.urlopen(f"{base}/metrics") as answer:  # noqa: S310
            assert b"zester_bus_connected 1.0" in answer.read()

    made.kill("nats")

    def unready() -> bool:
        try:
            urllib.request.urlopen(f"http://{made.probe('peel-1')}/readyz").close()
        except urllib.error.HTTPError as error:
            with error:
                return error.code == 503
        return False

    until("the peel says that it has no bus", unready)


def test_dev_down_leaves_neither_process_nor_file(dev: StartDev) -> None:
    made = dev(1)
    pids = [made.pid(name) for name in ("nats", "master", "peel-1")]

    made.zester("dev", "down")

    assert not (made.folder / ".zester").exists()
    for pid in pids:
        assert not alive(pid)
    assert "no dev set-up" in made.zester("dev", "down", code=1).stderr


def test_a_second_dev_up_in_the_same_folder_is_refused(dev: StartDev) -> None:
    made = dev(0)

    assert "already runs" in made.zester("dev", "up", code=1).stderr
    assert "nats: pid" in made.zester("dev", "ps").stdout
    assert "has no 'web'" in made.zester("dev", "stop", "web", code=1).stderr


def test_without_a_server_every_verb_says_where_it_looked(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    made = Dev(tmp_path)
    make_realm(tmp_path / "trust", port=port)
    for verb in (["status"], ["history"], ["ls"], ["push", "tree"]):
        done = made.zester(*verb, "--trust", "trust", code=1)
        assert f"127.0.0.1:{port}" in done.stderr
        assert "Traceback" not in done.stderr


def test_servers_in_clear_are_refused_with_the_address_to_use(tmp_path: Path) -> None:
    made = Dev(tmp_path)
    make_realm(tmp_path / "trust")
    for verb in (["status"], ["push", "tree"]):
        done = made.zester(*verb, "--trust", "trust", "--url", "nats://127.0.0.1:1", code=1)
        assert "connections in clear are refused" in done.stderr
        assert "use tls://127.0.0.1:1" in done.stderr


def test_without_a_trust_folder_the_ways_to_get_one_are_told(tmp_path: Path) -> None:
    done = Dev(tmp_path).zester("status", code=1)
    assert "no trust folder" in done.stderr
    assert "zester trust init" in done.stderr


def test_a_misspelt_verb_is_answered_with_the_nearest(tmp_path: Path) -> None:
    done = Dev(tmp_path).zester("stauts", code=1)

    assert "did you mean 'status'" in done.stderr


def test_a_folder_without_a_top_file_is_refused_unless_another_source_has_one(
    dev: StartDev,
) -> None:
    made = dev(1)
    (made.tree / "web.zy").write_text("a:\n  test.nop\n")
    refused = made.zester("push", "tree", code=1)
    assert "no top file" in refused.stderr
    assert "should hold states/top.zy" in refused.stderr

    made.write(TREE)
    made.zester("push", "tree", "--wait")
    (made.folder / "empty").mkdir()
    assert "no top file" in made.zester("push", "empty", code=1).stderr
    made.zester("push", "empty", "--source", "more", "--wait")


def test_waiting_where_nobody_listens_says_so(dev: StartDev) -> None:
    made = dev(0)
    made.write(TREE)

    done = made.zester("push", "tree", "--wait")

    assert "nobody follows the environment 'base'" in done.stderr
    done = made.zester("push", "tree", "--env", "typo", code=1)
    assert "no trust folder for environment 'typo'" in done.stderr


def test_a_dev_folder_inside_the_tree_is_not_pushed(dev: StartDev) -> None:
    made = dev(0)
    (made.folder / "states").mkdir()
    (made.folder / "states/top.zy").write_text("base: {}\n")

    made.zester("push", ".")

    listed = json.loads(made.zester("ls", "-o", "json").stdout)
    assert [file["path"] for file in listed] == ["states/top.zy"]


def test_an_interrupted_wait_says_that_the_push_stands_and_how_to_go_on(dev: StartDev) -> None:
    made = dev(1)
    made.kill("peel-1")
    made.write(TREE)
    push = made.start("push", "tree", "--wait")
    until("the revision is there", lambda: "1 " in made.zester("history", code=None).stdout)
    time.sleep(0.5)
    push.send_signal(signal.SIGINT)
    _, told = push.communicate(timeout=90)

    assert push.returncode == 130
    assert "base/cli revision 1 stands" in told
    assert "Traceback" not in told
