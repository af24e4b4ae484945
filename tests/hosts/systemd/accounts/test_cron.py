"""Crontabs of a host."""

from __future__ import annotations

from hosts.systemd.applying import apply, settles
from hosts.systemd.machine import Machine

JOBS = """
/usr/bin/backup --all:
  cron.present:
    - identifier: backup
    - minute: random
    - hour: 3
    - comment: "nightly\\nsecond line"
"100% \\"quoted\\" 'ünï' $HOME":
  cron.present: [{special: '@daily'}, {identifier: odd}]
"off": {cron.present: [{commented: true}]}
MAILTO: {cron.env_present: [{value: ops@example.com}]}
of-ann: {cron.present: [{name: "true"}, {user: ann}, {minute: '*/10'}]}
ann: {user.present: []}
"""


def crontab(machine: Machine, user: str = "root") -> list[str]:
    return machine.run("crontab", "-u", user, "-l").stdout.splitlines()


def test_jobs_and_variables(machine: Machine) -> None:
    machine.run("crontab", "-", text="# mine\n1\t2 * * *   by  hand\n")
    done = settles(machine, JOBS)
    assert done["of-ann"]["changes"] == {"ann": "true"}
    lines = crontab(machine)
    assert lines[:2] == ["# mine", "1\t2 * * *   by  hand"]
    assert lines[2:4] == [
        "# Lines below here are managed by Salt, do not edit",
        "MAILTO=ops@example.com",
    ]
    assert lines[4:6] == ["# nightly", "# second line SALT_CRON_IDENTIFIER:backup"]
    assert lines[6].endswith(" 3 * * * /usr/bin/backup --all")
    assert lines[7:9] == ["# SALT_CRON_IDENTIFIER:odd", "@daily 100% \"quoted\" 'ünï' $HOME"]
    assert lines[9:] == ["# SALT_CRON_IDENTIFIER:off", "#DISABLED#* * * * * off"]
    assert crontab(machine, "ann")[-1] == "*/10 * * * * true"

    # drifted: a job edited, one gone, a variable changed; what is not managed stays as it is
    edited = "\n".join(lines).replace(" 3 * * * /usr", " 4 * * * /usr").replace("ops@", "x@")
    machine.run("crontab", "-", text=f"{edited}\n".replace("@daily", "@weekly"))
    machine.run("crontab", "-u", "ann", "-r")
    drifted = settles(machine, JOBS)
    assert [name for name, each in drifted.items() if each["changes"]] == [
        name for name in drifted if name not in ("off", "ann")
    ]
    assert crontab(machine) == lines

    settles(
        machine,
        """
backup: {cron.absent: [{identifier: backup}]}
odd: {cron.absent: []}
"off": {cron.absent: []}
MAILTO: {cron.env_absent: []}
""",
    )
    assert crontab(machine) == lines[:3]


def test_a_file_as_crontab(machine: Machine) -> None:
    states = machine.path("/root/tree/states")
    states.mkdir(parents=True)
    (states / "tab").write_text("MAILTO=''\n5 5 * * * {{ grains['id'] }}")
    text = "salt://tab: {cron.file: [{template: jinja}]}"
    done = settles(machine, text)
    assert "+5 5 * * *" in done["salt://tab"]["changes"]["diff"]
    assert crontab(machine)[0] == "MAILTO=''"
    (states / "tab").write_text("this is no crontab\n")
    before = crontab(machine)
    refused = apply(machine, text)["salt://tab"]
    assert refused["result"] is False
    assert "cannot write the crontab of root" in refused["comment"]
    assert crontab(machine) == before


def test_what_stands_in_the_way_is_told(machine: Machine) -> None:
    nobody = apply(machine, "x: {cron.present: [{user: gone}]}")["x"]
    assert nobody["result"] is False
    assert "gone" in nobody["comment"]
    wrong = apply(machine, "x: {cron.present: [{minute: 99}]}")["x"]
    assert wrong["result"] is False
    assert "bad minute" in wrong["comment"]
    machine.run("crontab", "-", text="0 0 * * * mine\n")
    machine.run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", "/mnt")
    machine.run("sh", "-c", "cp -a /var/spool/cron/crontabs/. /mnt; chgrp crontab /mnt")
    machine.run("mount", "--bind", "/mnt", "/var/spool/cron/crontabs")
    machine.run("sh", "-c", "dd if=/dev/zero of=/mnt/filler bs=1k 2>/dev/null || true")
    full = apply(machine, "x: {cron.present: []}")["x"]
    assert full["result"] is False
    assert crontab(machine) == ["0 0 * * * mine"]
    machine.run("rm", "/mnt/filler")
    assert apply(machine, "x: {cron.present: []}")["x"]["result"] is True
    machine.run("mv", "/usr/bin/crontab", "/usr/bin/crontab.gone")
    without = apply(machine, "y: {cron.present: []}")["y"]
    assert without["result"] is False
    assert "is cron installed?" in without["comment"]
