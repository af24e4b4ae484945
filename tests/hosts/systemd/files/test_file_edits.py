"""States that edit text files, on a real host."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import yaml

from hosts.systemd.machine import Machine

TREE = "/srv/tree"
CONFIG = "# Port 22\nPermitRootLogin yes\nUsePAM yes\n"
EDITS: dict[str, tuple[str, dict[str, Any], str]] = {
    # file → the function, its arguments, what the file holds in the end
    "append": ("append", {"text": ["one", "two"]}, CONFIG + "one\ntwo\n"),
    "prepend": ("prepend", {"text": "top"}, "top\n" + CONFIG),
    "replace": (
        "replace",
        {"pattern": "^(PermitRootLogin).*$", "repl": r"\1 no"},
        "# Port 22\nPermitRootLogin no\nUsePAM yes\n",
    ),
    "line": (
        "line",
        {"mode": "ensure", "after": "^PermitRootLogin", "content": "MaxAuthTries 3"},
        "# Port 22\nPermitRootLogin yes\nMaxAuthTries 3\nUsePAM yes\n",
    ),
    "blockreplace": (
        "blockreplace",
        {
            "marker_start": "# {",
            "marker_end": "# }",
            "content": "Match all",
            "append_if_not_found": True,
        },
        CONFIG + "# {\nMatch all\ncollected\n# }\n",
    ),
    "comment": ("comment", {"regex": "^UsePAM"}, CONFIG.replace("UsePAM", "#UsePAM")),
    "uncomment": (
        "uncomment",
        {"regex": "^Port"},
        " Port 22\nPermitRootLogin yes\nUsePAM yes\n",
    ),
    "keyvalue": (
        "keyvalue",
        {
            "separator": " ",
            "key_values": {"PermitRootLogin": "no", "Port": 2222},
            "uncomment": "# ",
        },
        "Port 2222\nPermitRootLogin no\nUsePAM yes\n",
    ),
}


def apply(machine: Machine, states: dict[str, Any], *args: str) -> dict[str, dict[str, Any]]:
    """Apply states; return what became of each, by its id."""
    file = machine.path(f"{TREE}/states/web.sls")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump(states, sort_keys=False, allow_unicode=True))
    done = machine.run(
        *("zester-peel", "apply", "-o", "json", *args, TREE, "web"), check=False, timeout=120
    )
    assert done.stdout, done.stderr
    found = json.loads(done.stdout)
    return {each["__id__"]: each for each in found["local"].values()}


def edits(folder: str) -> dict[str, Any]:
    states: dict[str, Any] = {
        name: {f"file.{function}": [{"name": f"{folder}/{name}"}, *({k: v} for k, v in a.items())]}
        for name, (function, a, _) in EDITS.items()
    }
    states["collect"] = {
        "file.accumulated": [
            {"filename": f"{folder}/blockreplace"},
            {"text": "collected"},
            {"require_in": [{"file": "blockreplace"}]},
        ]
    }
    states["there"] = {"file.touch": [{"name": f"{folder}/new/touched"}, {"makedirs": True}]}
    states["exists"] = {"file.exists": [{"name": f"{folder}/new/touched"}]}
    states["missing"] = {"file.missing": [{"name": f"{folder}/nothing"}]}
    return states


def test_edits_are_predicted_made_kept_and_repaired(machine: Machine) -> None:
    folder = "/etc/hostile ü'\"\ndir"
    machine.path(folder).mkdir()
    for name in EDITS:
        machine.path(f"{folder}/{name}").write_text(CONFIG)
    machine.run("chown", "-R", "daemon:adm", folder)
    machine.run("chmod", "-R", "u=rwX,g=rX,o=", folder)
    states = edits(folder)
    waiting = dict(states)
    del waiting["exists"]  # fails until the file is there, in test mode too

    predicted = apply(machine, waiting, "--test")
    assert {name: machine.path(f"{folder}/{name}").read_text() for name in EDITS} == dict.fromkeys(
        EDITS, CONFIG
    )
    applied = apply(machine, states)
    assert all(each["result"] for each in applied.values()), applied
    for name in waiting:
        assert applied[name]["changes"] == predicted[name]["changes"]
    wished = {name: text for name, (_, _, text) in EDITS.items()}
    assert {name: machine.path(f"{folder}/{name}").read_text() for name in EDITS} == wished
    about = machine.run("stat", "-c", "%U:%G:%a", *(f"{folder}/{name}" for name in EDITS))
    assert set(about.stdout.split()) == {"daemon:adm:640"}

    again = apply(machine, states)
    assert {name: each["changes"] for name, each in again.items()} == {key: {} for key in states}
    for name in EDITS:
        machine.path(f"{folder}/{name}").write_text(CONFIG)
    repaired = apply(machine, states)
    assert all(each["result"] for each in repaired.values()), repaired
    assert {name: machine.path(f"{folder}/{name}").read_text() for name in EDITS} == wished


def test_a_full_disk_and_a_file_nobody_may_change_are_left_whole(machine: Machine) -> None:
    machine.run("mkdir", "/full", "/held")
    machine.run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", "/full")
    machine.run("sh", "-c", "echo a > /full/f; cat /dev/zero > /full/rest || true")
    machine.run("sh", "-c", "echo a > /held/f")
    machine.run("mount", "--bind", "/held/f", "/held/f")  # cannot be renamed over
    states = {
        place: {"file.append": [{"name": f"/{place}/f"}, {"text": "b" * 40_000}]}
        for place in ("full", "held")
    }
    found = apply(machine, states)
    assert found["full"]["result"] is False
    assert "cannot write /full/f" in found["full"]["comment"]
    assert "o space left" in found["full"]["comment"]
    assert found["held"]["result"] is False
    assert "cannot write /held/f" in found["held"]["comment"]
    for place in states:
        assert machine.run("cat", f"/{place}/f").stdout == "a\n"
        left = machine.run("ls", "-A", f"/{place}").stdout.split()
        assert not [name for name in left if name.startswith(".zester")]


def test_what_somebody_else_appends_is_kept(machine: Machine) -> None:
    machine.path("/var/log/shared").write_text("")
    stop = threading.Event()
    written = 0

    def rival() -> None:
        nonlocal written
        while not stop.is_set():
            # as a careful program does: open, append, close
            with machine.path("/var/log/shared").open("a") as file:
                file.write(f"rival {written}\n")
            written += 1
            time.sleep(0.02)

    thread = threading.Thread(target=rival)
    thread.start()
    try:
        states = {
            str(number): {"file.append": [{"name": "/var/log/shared"}, {"text": f"ours {number}"}]}
            for number in range(40)
        }
        found = apply(machine, states)
    finally:
        stop.set()
        thread.join()
    assert all(each["result"] for each in found.values()), found
    lines = machine.path("/var/log/shared").read_text().splitlines()
    assert [f"ours {number}" in lines for number in range(40)] == [True] * 40
    kept = [line for line in lines if line.startswith("rival")]
    assert kept == sorted(kept, key=lambda line: int(line.split()[1]))
    # nobody can take the turn of who has opened the file and not yet written
    assert len(kept) >= written - 2


def test_labels_and_access_lists_stay(machine: Machine) -> None:
    code = (
        "import os; p='/etc/f'; open(p,'w').write('a\\n');"
        "acl=bytes.fromhex('0200000001000600ffffffff02000600d204000004000400ffffffff"
        "10000600ffffffff20000400ffffffff');"
        "os.setxattr(p,'system.posix_acl_access',acl); os.setxattr(p,'trusted.origin',b'x')"
    )
    machine.run("python3", "-c", code)
    show = "import os; print({n: os.getxattr('/etc/f', n) for n in sorted(os.listxattr('/etc/f'))})"
    before = machine.run("python3", "-c", show).stdout
    assert "posix_acl_access" in before
    found = apply(machine, {"f": {"file.append": [{"name": "/etc/f"}, {"text": "b"}]}})
    assert found["f"]["result"] is True
    assert machine.run("cat", "/etc/f").stdout == "a\nb\n"
    assert machine.run("python3", "-c", show).stdout == before
