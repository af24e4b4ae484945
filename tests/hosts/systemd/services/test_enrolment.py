"""A host that nobody knows yet: the word of a join token, one command, and it is managed."""

from __future__ import annotations

import json

from hosts.site import Site
from hosts.systemd.following import STATE
from hosts.systemd.machine import Machine


def test_a_new_host_is_enrolled_with_a_word_and_follows(machine: Machine, site: Site) -> None:
    machine.path("/etc/zester").mkdir()
    machine.path("/etc/zester/peel.yaml").write_text("id: db-01\nprobe: ''\n")
    before = machine.run("zester-peel", "run", check=False)
    assert before.returncode == 1
    assert "zester-peel enroll" in before.stderr
    word = site.zester("enroll", "token", "create", "--label", "role=db").stdout

    said = machine.run("zester-peel", "enroll", "--token", "-", text=word).stdout

    assert "db-01 is enrolled in base with labels role=db" in said
    modes = machine.run("find", f"{STATE}/trust", "-printf", "%M %U\n").stdout.splitlines()
    assert set(modes) == {"drwx------ 0", "-rw------- 0"}
    machine.run("systemctl", "start", "zester-peel")
    site.wait_for("db-01")
    (site.tree / "states/top.zy").write_text("base:\n  'label:role=db':\n    - all\n")
    site.push(json.dumps({"/srv/db": {"file.managed": [{"contents": "ours"}]}}))
    assert machine.path("/srv/db").read_text() == "ours\n"
