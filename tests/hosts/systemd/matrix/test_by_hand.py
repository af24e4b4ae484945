"""What has no family of its own yet, kept by commands and files that know when they are done."""

from __future__ import annotations

import zipfile
from pathlib import Path

from hosts.systemd.applying import apply
from hosts.systemd.machine import Machine

STATES = """
/etc/localtime:
  file.symlink: [{target: /usr/share/zoneinfo/Europe/Berlin}, {force: true}]
/etc/timezone:
  file.managed: [{contents: Europe/Berlin}]
/etc/locale.gen:
  file.keyvalue: [{key: de_DE.UTF-8, value: UTF-8, separator: ' ', append_if_not_found: true}]
locale-gen:
  cmd.run: [{unless: "locale -a | grep -qx de_DE.utf8"}]
/etc/default/locale:
  file.managed: [{contents: LANG=de_DE.UTF-8}]
server:
  service.running: [{name: mx-git}, {enable: true}]
clone:
  cmd.run:
    - name: git
    - args: [clone, --quiet, "git://127.0.0.1/app.git", "/srv/the app"]
    - creates: /srv/the app/.git
    - require: [{service: server}]
venv:
  cmd.run: [{name: python3 -m venv --without-pip /srv/venv}, {creates: /srv/venv/bin/python}]
install:
  cmd.run:
    - name: pip3
    - args: [--python, /srv/venv/bin/python, install, --no-index, /srv/demo-1.0-py3-none-any.whl]
    - unless: /srv/venv/bin/python -c 'import demo'
"""
UNIT = """[Service]
ExecStart=/usr/bin/git daemon --export-all --base-path=/srv/git --listen=127.0.0.1
[Install]
WantedBy=multi-user.target
"""


def prepare(machine: Machine) -> None:
    """Make the repository, its server and the wheel."""
    machine.path("/etc/systemd/system/mx-git.service").write_text(UNIT)
    wheel(machine.path("/srv/demo-1.0-py3-none-any.whl"))
    made = """set -e
    git init -q --bare -b main /srv/git/app.git
    git init -q -b main /tmp/app && cd /tmp/app && echo 'ü' >'a b'
    git add . && git -c user.name=x -c user.email=x@example.com commit -qm first
    git push -q /srv/git/app.git main
    systemctl daemon-reload"""
    machine.run("sh", "-c", made)


def wheel(path: Path) -> None:
    about = "demo-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("demo.py", "SAID = 'ü'\n")
        file.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n")
        tag = "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        file.writestr(f"{about}/WHEEL", tag)
        file.writestr(f"{about}/RECORD", f"demo.py,,\n{about}/METADATA,,\n{about}/WHEEL,,\n")


def right(machine: Machine) -> None:
    assert machine.run("date", "-d", "@0", "+%Z %H").stdout == "CET 01\n"
    assert "de_DE.utf8" in machine.run("locale", "-a").stdout.splitlines()
    assert machine.run("cat", "/srv/the app/a b").stdout == "ü\n"
    said = machine.run("/srv/venv/bin/python", "-c", "import demo; print(demo.SAID)").stdout
    assert said == "ü\n"


def test_timezone_locale_git_and_pip(machine: Machine) -> None:
    prepare(machine)
    predicted = apply(machine, STATES, test=True)
    assert all(each["result"] is None for each in predicted.values()), predicted
    applied = apply(machine, STATES)
    assert [each["comment"] for each in applied.values() if each["result"] is not True] == []
    assert all(each["changes"] for each in applied.values())
    right(machine)
    again = apply(machine, STATES)
    assert not any(each["changes"] for each in again.values()), again

    drift = "ln -sfn UTC /etc/localtime; rm -r '/srv/the app' /usr/lib/locale/locale-archive"
    machine.run("sh", "-c", f"{drift}; rm -r /srv/venv/lib/python3*/site-packages/demo*")
    repaired = apply(machine, STATES)
    changed = {name for name, each in repaired.items() if each["changes"]}
    assert changed == {"/etc/localtime", "locale-gen", "clone", "install"}
    right(machine)
