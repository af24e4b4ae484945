"""Whole files and folders on a host: owners, attributes, immutable files, full disks."""

from __future__ import annotations

from typing import Any

import pytest

from hosts.systemd.applying import TREE, apply, settles
from hosts.systemd.machine import Machine


def write_tree(machine: Machine, **files: str) -> None:
    for name, content in files.items():
        path = machine.path(f"{TREE}/states/{name.replace('__', '/')}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


def right(machine: Machine, text: str) -> dict[str, Any]:
    """Apply as predicted, and find nothing to do afterwards; return what was changed."""
    return {name: each["changes"] for name, each in settles(machine, text).items()}


WHOLE = """
site:
  file.recurse:
    - name: /srv/site
    - source: salt://site
    - user: www-data
    - group: www-data
    - file_mode: '0640'
    - dir_mode: '2750'
    - clean: true
owned:
  file.directory:
    - name: /srv/owned
    - user: nobody
    - group: nogroup
    - file_mode: '0600'
    - dir_mode: '0700'
    - recurse: [user, group, mode]
data:
  file.serialize:
    - name: /etc/app.json
    - dataset: {a: [1, 2]}
    - formatter: json
    - check_cmd: python3 -m json.tool
    - backup: minion
"""


OF_OTHERS = """
linked:
  file.hardlink:
    - name: /srv/linked
    - target: /srv/site/index
copied:
  file.copy:
    - name: /srv/copied
    - source: /srv/site
    - preserve: true
"""


def test_folders_are_made_repaired_and_left_alone(machine: Machine) -> None:
    write_tree(machine, site__index="x", site__sub__page="y")
    machine.run("mkdir", "-p", "/srv/owned/deep", "/home/evil")
    machine.run("touch", "/srv/owned/deep/file", "/home/evil/precious")
    machine.run("ln", "-s", "/home/evil", "/srv/owned/link")
    right(machine, WHOLE)
    right(machine, OF_OTHERS)
    stat = machine.run("stat", "-c", "%U:%G %a", "/srv/site/sub", "/srv/site/sub/page").stdout
    assert stat.split("\n")[:2] == ["www-data:www-data 2750", "www-data:www-data 640"]
    assert machine.run("stat", "-c", "%U %a", "/home/evil/precious").stdout == "root 644\n"
    assert machine.run("stat", "-c", "%h", "/srv/linked").stdout == "2\n"
    assert machine.run("stat", "-c", "%U", "/srv/copied/sub/page").stdout == "www-data\n"

    machine.run("sh", "-c", "echo z > /srv/site/sub/page; mkdir /srv/site/more; rm /srv/linked")
    machine.run("chown", "-h", "root", "/srv/owned/link")
    machine.run("chmod", "0777", "/srv/owned/deep/file")
    machine.run("sh", "-c", "echo '{}' > /etc/app.json")
    changes = right(machine, WHOLE)
    assert changes["site"]["removed"] == ["/srv/site/more"]
    assert changes["owned"] == {
        "/srv/owned/link": {"user": "nobody"},
        "/srv/owned/deep/file": {"mode": "0600"},
    }
    changes = right(machine, OF_OTHERS)
    assert changes["linked"] == {"new": "/srv/linked"}
    assert changes["copied"] == {}
    kept = machine.run("sh", "-c", "cat /var/lib/zester/file_backup/etc/app.json_*").stdout
    assert kept == "{}\n"


def test_a_full_disk_leaves_the_old_file(machine: Machine) -> None:
    machine.run("mkdir", "/mnt/small")
    machine.run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", "/mnt/small")
    machine.run("sh", "-c", "echo old > /mnt/small/f")
    write_tree(machine, large="x" * 200_000)
    text = "big:\n  file.managed:\n    - name: /mnt/small/f\n    - source: salt://large\n"
    found = apply(machine, text)["big"]
    assert found["result"] is False
    assert "no space left" in found["comment"]
    assert machine.run("cat", "/mnt/small/f").stdout == "old\n"
    assert machine.run("ls", "-A", "/mnt/small").stdout == "f\n"


ATTRIBUTES = """
locked:
  file.managed:
    - name: {folder}/locked
    - contents: {text}
    - attrs: i
"""


def test_an_immutable_file_is_unlocked_to_be_written(machine: Machine) -> None:
    machine.run("sh", "-c", "truncate -s 8M /srv/disk && mkfs.ext4 -q /srv/disk")
    machine.run("mkdir", "/mnt/disk")
    mounted = machine.run("mount", "-o", "loop", "/srv/disk", "/mnt/disk", check=False)
    folder = "/mnt/disk" if mounted.returncode == 0 else "/srv"
    machine.run("touch", f"{folder}/probe")
    if machine.run("chattr", "+i", f"{folder}/probe", check=False).returncode != 0:
        pytest.skip("no file system of this host keeps attributes")
    one, two = (ATTRIBUTES.format(folder=folder, text=each) for each in ("one", "two"))
    assert right(machine, one)["locked"]["attrs"] == {"old": "", "new": "i"}
    assert list(right(machine, two)["locked"]) == ["diff"]
    assert machine.run("cat", f"{folder}/locked").stdout == "two\n"
    machine.run("chattr", "-i", f"{folder}/locked")
    assert right(machine, two)["locked"] == {"attrs": {"old": "", "new": "i"}}
    machine.run("chattr", "-i", f"{folder}/locked", f"{folder}/probe")
