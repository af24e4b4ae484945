"""Users and groups of a host."""

from __future__ import annotations

import json

from hosts.systemd.applying import apply, settles
from hosts.systemd.machine import Machine
from support.dev import until

HASH = "$6$saltsalt$" + "qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/" * 2


def test_users_and_groups(machine: Machine) -> None:
    text = f"""
devs: {{group.present: [{{gid: 3000}}]}}
ops: {{group.present: [{{system: true}}]}}
fred:
  user.present:
    - uid: 3001
    - gid: devs
    - groups: [ops, users]
    - optional_groups: [gone]
    - home: /srv/homes/fred
    - shell: /bin/bash
    - fullname: Fred Größe
    - roomnumber: 12
    - workphone: '0123'
    - password: {HASH}
    - date: 19000
    - maxdays: 90
    - warndays: 14
    - expire: 30000
    - require: [{{file: /srv/homes}}]
/srv/homes: {{file.directory: []}}
"""
    done = settles(machine, text)
    assert done["fred"]["comment"] == "New user fred created"
    assert "XXX-REDACTED-XXX" in done["fred"]["changes"].values()
    assert HASH not in json.dumps(done)
    line = machine.run("getent", "passwd", "fred").stdout
    assert line == "fred:x:3001:3000:Fred Größe,12,0123:/srv/homes/fred:/bin/bash\n"
    shadow = machine.run("getent", "shadow", "fred").stdout.strip()
    assert shadow == f"fred:{HASH}:19000:0:90:14::30000:"
    assert set(machine.run("id", "-nG", "fred").stdout.split()) == {"devs", "ops", "users"}
    assert machine.run("stat", "-c", "%U:%G", "/srv/homes/fred").stdout == "fred:devs\n"

    # drifted: every attribute, the membership, the home
    machine.run("usermod", "-s", "/bin/sh", "-c", "x", "-G", "games", "-p", "!", "fred")
    machine.run("chage", "-M", "5", "-E", "1", "fred")
    machine.run("rm", "-r", "/srv/homes/fred")
    machine.run("groupmod", "-g", "3999", "ops")
    drifted = settles(machine, text)
    assert drifted["fred"]["comment"] == "Updated user fred"
    assert drifted["fred"]["changes"]["groups"] == ["ops", "users"]
    assert drifted["fred"]["changes"]["homeDoesNotExist"] == "/srv/homes/fred"
    assert machine.run("getent", "passwd", "fred").stdout == line
    assert machine.run("getent", "shadow", "fred").stdout.strip() == shadow
    assert machine.run("stat", "-c", "%U:%G", "/srv/homes/fred").stdout == "fred:devs\n"

    gone = settles(
        machine,
        """
fred: {user.absent: [{purge: true}]}
devs: {group.absent: []}
nobody-here: {user.absent: []}
""",
    )
    assert gone["fred"]["changes"] == {"fred": "removed"}
    assert gone["devs"]["changes"] == {"devs": ""}
    assert gone["nobody-here"]["comment"] == "User nobody-here is not present"
    assert not machine.path("/srv/homes/fred").exists()


def test_defaults_own_groups_and_ids(machine: Machine) -> None:
    done = settles(
        machine,
        """
plain: {user.present: []}
taken: {group.present: [{gid: 4100}]}
taken-user: {user.present: [{name: taken}]}
alone: {user.present: [{usergroup: false}, {createhome: false}]}
daemonic: {user.present: [{system: true}, {createhome: false}, {shell: /usr/sbin/nologin}]}
twin: {user.present: [{uid: 0}, {unique: false}, {createhome: false}]}
""",
    )
    assert done["plain"]["changes"] == {"name": "plain"}
    assert machine.run("id", "-ng", "plain").stdout == "plain\n"
    assert machine.run("id", "-g", "taken").stdout == "4100\n"
    assert machine.run("id", "-ng", "alone").stdout == "users\n"
    assert int(machine.run("id", "-u", "daemonic").stdout) < 1000
    assert machine.path("/home/plain/.bashrc").exists()
    assert not machine.path("/home/alone").exists()
    gone = settles(machine, "plain: {user.absent: []}")
    assert gone["plain"]["changes"] == {"plain group": "removed", "plain": "removed"}
    assert machine.path("/home/plain").is_dir()

    refused = apply(machine, "taken: {user.present: [{uid: 5000}, {gid: 0}]}")["taken"]
    assert refused["result"] is False
    assert "changing uid" in refused["comment"]
    assert "changing gid (4100 -> 0) not permitted" in refused["comment"]
    settles(
        machine,
        "taken: {user.present: [{uid: 5000}, {gid: 0}, {allow_uid_change: true},"
        " {allow_gid_change: true}]}",
    )
    clash = apply(machine, "other: {group.present: [{gid: 4100}]}")["other"]
    assert "gid 4100 is already taken by group taken" in clash["comment"]
    settles(machine, "other: {group.present: [{gid: 4100}, {non_unique: true}]}")
    primary = apply(machine, "users: {group.absent: []}")["users"]
    assert primary["result"] is False
    assert "groupdel" in primary["comment"]


def test_passwords(machine: Machine) -> None:
    shadow = machine.path("/etc/shadow")

    def hashed(name: str) -> str:
        return next(
            line.split(":")[1] for line in shadow.read_text().splitlines() if line.startswith(name)
        )

    plain = "ann: {user.present: [{password: 'tea: \"x\" $1'}, {hash_password: true}]}"
    done = settles(machine, plain)
    first = hashed("ann")
    assert first.startswith("$6$")
    assert "tea" not in json.dumps(done)
    settles(machine, plain.replace("tea", "coffee"))
    assert hashed("ann") != first
    settles(machine, f"ann: {{user.present: [{{password: {HASH}}}, {{enforce_password: false}}]}}")
    assert hashed("ann") != HASH
    settles(machine, f"ann: {{user.present: [{{password: {HASH}}}, {{password_lock: true}}]}}")
    assert hashed("ann") == f"!{HASH}"
    settles(machine, "ann: {user.present: [{password_lock: false}]}")
    assert hashed("ann") == HASH
    settles(machine, "ann: {user.present: [{empty_password: true}]}")
    assert hashed("ann") == ""
    settles(machine, "bob: {user.present: [{empty_password: true}, {mindays: 0}]}")
    assert hashed("bob") == ""
    refused = apply(machine, "ann: {user.present: [{password: 'secret:word'}]}")["ann"]
    assert refused["result"] is False
    assert "secret" not in json.dumps(refused)


def test_members_of_groups(machine: Machine) -> None:
    def members(group: str) -> str:
        return machine.run("getent", "group", group).stdout.strip().rpartition(":")[2]

    text = """
team: {group.present: [{members: [u2, u1]}]}
more: {group.present: [{addusers: u1}, {delusers: [u2, nobody-known]}]}
u1: {user.present: []}
u2: {user.present: []}
"""
    settles(machine, text)  # the users come first although they are defined later
    assert sorted(members("team").split(",")) == ["u1", "u2"]
    machine.run("gpasswd", "-M", "games,u1", "team")
    machine.run("gpasswd", "-M", "games,u2", "more")
    done = settles(machine, text)
    assert sorted(members("team").split(",")) == ["u1", "u2"]
    assert sorted(members("more").split(",")) == ["games", "u1"]
    assert done["more"]["changes"] == {"addusers": ["u1"], "delusers": ["u2"]}
    settles(machine, "u1: {user.present: [{groups: []}]}")
    assert members("team") == "u2"
    settles(machine, "u2: {user.present: [{groups: [more]}, {remove_groups: false}]}")
    assert set(machine.run("id", "-nG", "u2").stdout.split()) == {"u2", "team", "more"}
    missing = apply(machine, "u2: {user.present: [{groups: [gone, more]}]}")["u2"]
    assert missing["comment"] == "The following group(s) are not present: gone"
    predicted = apply(machine, "u2: {user.present: [{groups: [gone, more]}]}", test=True)["u2"]
    assert predicted["result"] is None
    assert "pending groups: gone" in predicted["comment"]


def test_generated_duplicates_do_not_race(machine: Machine) -> None:
    text = "".join(
        f"g{number}: {{group.present: [{{name: shared{number % 4}}}]}}\n"
        f"u{number}: {{user.present: [{{name: user{number % 3}}}, {{createhome: false}},"
        f" {{groups: [shared0, shared{number % 4}]}}, {{remove_groups: false}}]}}\n"
        for number in range(24)
    )
    done = apply(machine, text)
    assert [each["comment"] for each in done.values() if not each["result"]] == []
    assert not any(each["changes"] for each in apply(machine, text).values())


def test_what_stands_in_the_way_is_told(machine: Machine) -> None:
    # a home that leads somewhere else is not taken over
    machine.run("mkdir", "-p", "/srv/precious")
    machine.run("ln", "-s", "/srv/precious", "/home/linked")
    machine.run("ln", "-s", "/srv/nowhere", "/home/dangling")
    done = apply(machine, "linked: {user.present: []}\ndangling: {user.present: []}")
    assert machine.run("stat", "-c", "%U", "/srv/precious").stdout == "root\n"
    assert done["linked"]["result"] is True
    assert done["dangling"]["result"] is False
    assert not machine.path("/srv/nowhere").exists()
    again = apply(machine, "dangling: {user.present: []}")["dangling"]
    assert "/home/dangling" in again["comment"]

    # a user whose processes run
    machine.run("useradd", "-m", "busy")
    machine.run("systemd-run", "--uid=busy", "--unit=busy", "sleep", "300")
    refused = apply(machine, "busy: {user.absent: []}")["busy"]
    assert refused["result"] is False
    assert "used by process" in refused["comment"]
    assert "force: true" in refused["comment"]
    assert apply(machine, "busy: {user.absent: [{force: true}]}")["busy"]["result"] is True
    machine.run("systemctl", "stop", "busy")

    # somebody else changes the accounts
    def exists(path: str) -> bool:
        return machine.run("test", "-e", path, check=False).returncode == 0

    holder = (
        "import fcntl, time; file = open('/etc/.pwd.lock', 'w'); fcntl.lockf(file, fcntl.LOCK_EX);"
        " open('/run/locked', 'w').close(); time.sleep({})"
    )
    machine.run("systemd-run", "--unit=holder", "python3", "-c", holder.format(4))
    until("the lock is held", lambda: exists("/run/locked"))
    waited = apply(machine, "patient: {user.present: []}")["patient"]
    assert waited["result"] is True, waited["comment"]
    machine.run("rm", "-f", "/run/locked")
    machine.run("systemd-run", "--unit=holder2", "python3", "-c", holder.format(60))
    until("the lock is held again", lambda: exists("/run/locked"))
    locked = apply(machine, "late: {user.present: []}")["late"]
    assert locked["result"] is False
    assert "lock" in locked["comment"]
    machine.run("systemctl", "stop", "holder2")

    # unicode, options and quotes in texts stay texts
    settles(
        machine,
        "odd: {user.present: [{fullname: '-s \"/bin/x\" $(id) ünï'}, {shell: /bin/sh}]}",
    )
    refused = apply(machine, "odd: {user.present: [{win_profile: x}, {fullname: 'a:b'}]}")["odd"]
    assert "only Windows has it" in refused["comment"]
    assert "colon" in refused["comment"]
    root = apply(machine, "root: {user.absent: []}")["root"]
    assert "refusing to remove root" in root["comment"]


def test_a_full_disk_leaves_the_accounts_whole(machine: Machine) -> None:
    before = machine.path("/etc/passwd").read_bytes()
    machine.run("mkdir", "-p", "/mnt/etc")
    machine.run("cp", "-a", "/etc/.", "/mnt/etc")
    machine.run("mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", "/srv")
    machine.run("sh", "-c", "cp -a /etc/passwd /etc/shadow /etc/group /etc/gshadow /srv")
    machine.run("sh", "-c", "cp -a /etc/login.defs /etc/nsswitch.conf /etc/default /srv")
    machine.run("sh", "-c", "cp -a /etc/pam.d /etc/security /etc/sub?id /etc/os-release /srv")
    machine.run("sh", "-c", "cp -a /etc/ld.so.cache /etc/hosts /etc/hostname /srv || true")
    machine.run("mount", "--bind", "/srv", "/etc")
    machine.run("sh", "-c", "dd if=/dev/zero of=/etc/filler bs=1k 2>/dev/null || true")
    full = apply(machine, "many: {user.present: []}")["many"]
    machine.run("umount", "/etc")
    assert full["result"] is False
    assert "cannot create user many" in full["comment"]
    assert machine.path("/etc/passwd").read_bytes() == before
    assert apply(machine, "many: {user.present: []}")["many"]["result"] is True
