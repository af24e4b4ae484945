"""Places where nothing can be written: a clear word, nothing half done, nothing left behind."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from hosts.systemd.machine import Machine
from hosts.systemd.matrix.case import CASES

TREE = "/srv/tree"
STATES: Mapping[str, Mapping[str, Any]] = yaml.safe_load((CASES / "hostile.yaml").read_text())
BIG = "x" * 100_000
LONG = "n" * 256
PREPARE = """set -eu
printf %100000s >/srv/big
for place in full readonly held kept loop file long gone; do mkdir "/srv/$place"; done
mount -t tmpfs -o size=1m tmpfs /srv/full
for state in "$@"; do
    for place in full readonly held kept loop; do
        mkdir "/srv/$place/$state"
        echo old >"/srv/$place/$state/f"
    done
    chattr +i "/srv/held/$state/f"
    chattr +i "/srv/kept/$state"
    rm -r "/srv/loop/$state"
    ln -s "$state" "/srv/loop/$state"
    echo old >"/srv/file/$state"
    mkdir "/srv/long/$state"
    ln -s "/nowhere/at/$state" "/srv/gone/$state"
done
cat /dev/zero >/srv/full/rest 2>/dev/null || true
mount --bind /srv/readonly /srv/readonly
mount -o remount,ro,bind /srv/readonly
"""
"""``held``: the file is immutable; ``kept``: its folder is."""
PLACES = {
    **{place: f"/srv/{place}/STATE" for place in ("full", "readonly", "held", "kept")},
    **{place: f"/srv/{place}/STATE" for place in ("loop", "file", "gone")},
    "long": f"/srv/long/STATE/{LONG}",
}
FINE = {
    # what needs no room, or whose own affair it is
    *(("full", f"file.{name}") for name in ("absent", "tidied", "symlink", "directory", "touch")),
    *(("full", f"file.{name}") for name in ("comment", "uncomment")),
    *(("full", "cmd.run"), ("kept", "cmd.run"), ("kept", "file.touch")),
    # where nothing can be there is nothing
    *(("file", "file.absent"), ("gone", "file.absent")),
    ("gone", "file.recurse"),  # makes what the link leads to
}


def states(place: str) -> dict[str, Any]:
    def filled(value: Any, here: str) -> Any:  # noqa: ANN401 - whatever YAML holds
        if isinstance(value, str):
            return value.replace("PLACE", here).replace("BIG", BIG)
        if isinstance(value, dict):
            return {key: filled(each, here) for key, each in value.items()}
        return value

    return {
        f"{place} {function}": {
            function: [
                {key: filled(value, PLACES[place].replace("STATE", function))}
                for key, value in args.items()
            ]
        }
        for function, args in STATES.items()
    }


def apply(machine: Machine, *more: str) -> dict[str, dict[str, Any]]:
    argv = ("zester-peel", "apply", TREE, "it", "-o", "json", *more)
    done = machine.run(*argv, check=False, timeout=120)
    assert done.returncode == 2, done.stderr
    return {each["__id__"]: each for each in json.loads(done.stdout)["local"].values()}


def test_what_cannot_be_written_is_told_and_left_whole(machine: Machine) -> None:
    probe = "touch /srv/probe && chattr +i /srv/probe && chattr -i /srv/probe"
    if machine.run("sh", "-c", probe, check=False).returncode != 0:
        pytest.skip("this kernel's tmpfs has no immutable files")
    machine.run("sh", "-c", PREPARE, "sh", *STATES)
    folder = machine.path(f"{TREE}/states/big")
    folder.mkdir(parents=True)
    (folder / "f").write_text(BIG)
    every: dict[str, Any] = {}
    for place in PLACES:
        every |= states(place)
    (folder.parent / "it.zy").write_text(json.dumps(every))
    for name in (TREE, "/srv/big"):
        assert machine.path(name).exists()

    def contents() -> dict[str, str]:
        script = "grep -r '' /srv/*/*/ --exclude-dir=tree --exclude=rest 2>/dev/null"
        said = machine.run("sh", "-c", script, check=False).stdout
        return dict(line.split(":", 1) for line in said.splitlines())

    before = contents()
    assert len(before) >= 4 * len(STATES)
    predicted = apply(machine, "--test")
    assert contents() == before
    applied = apply(machine)
    after = contents()
    for key, result in applied.items():
        place, _, function = key.partition(" ")
        told = f"{key}: {result['comment'][-400:]}"
        assert "bug" not in told, told
        assert "bug" not in predicted[key]["comment"], predicted[key]["comment"]
        if (place, function) in FINE:
            continue
        here = PLACES[place].replace("STATE", function)
        assert result["result"] is False, told
        assert function == "cmd.run" or (here in result["comment"] and not result["changes"]), told
        assert after.get(f"{here}/f") == before.get(f"{here}/f"), told
    left = machine.run("sh", "-c", "find /srv -name '.zester*'; cat /srv/big | wc -c").stdout
    assert left == "100000\n", "what could not be moved is where it was"
