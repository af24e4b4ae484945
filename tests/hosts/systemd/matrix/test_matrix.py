"""Every state function on one host: predicted, applied, at rest, drifted, repaired."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from hosts.network import Namespace
from hosts.systemd.machine import Machine
from hosts.systemd.matrix.case import CASES, PLACES, Case, load
from hosts.systemd.packages.repository import Repository
from zester_peel.states.registry import REGISTRY

TREE = "/srv/mx-tree"
SETTINGS = f"{TREE}/settings.yaml"
UNIT = "[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n"
ALL = load()
WORKING = [case for case in ALL if not case.fails]
FAILING = [case for case in ALL if case.fails]
RESTING = [case for case in WORKING if not case.restless]

FAILS_ALWAYS = {
    "mount.swap",  # a container may not swap; see test_kernel.py
    "test.fail_with_changes",
    "test.fail_without_changes",
}
TOUCHES_NOTHING = {  # and so nothing can drift
    *("file.exists", "file.missing", "test.check_pillar", "test.configurable_test_state"),
    *("test.nop", "test.show_notification", "test.succeed_with_changes"),
    "test.succeed_without_changes",
}
WRITTEN = (
    # lists of packages, and what others write
    *("/var/lib/apt", "/var/cache/apt", "/var/log", "/var/lib/systemd", "/var/tmp"),
    "/root/.cache",  # templates
)

Results = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Runs:
    """What became of all cases: results by id, and ids whose check did not hold."""

    predicted: Results
    written_by_prediction: list[str]
    applied: Results
    wrong: list[str]
    again: Results
    written_again: list[str]
    drift_predicted: Results
    repaired: Results
    wrong_after_drift: list[str]
    at_rest: Results


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """One host for all cases."""
    network = Namespace("matrix")
    with ExitStack() as stack:
        stack.callback(network.remove)
        made = Machine(tmp_path_factory.mktemp("matrix") / "machine", "web-01", network)
        stack.callback(made.stop)
        made.make()
        made.boot()
        yield made


@pytest.fixture(scope="module")
def runs(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    prepare(machine, Repository(machine, tmp_path_factory.mktemp("packages")))
    assert carry_out(machine, "before") == []
    stamp(machine)
    predicted = apply(machine, test=True)
    written = written_since(machine)
    applied = apply(machine)
    wrong = carry_out(machine, "check")
    stamp(machine)
    again = apply(machine)
    written_again = written_since(machine)
    assert carry_out(machine, "drift") == []
    return Runs(
        predicted,
        written,
        applied,
        wrong,
        again,
        written_again,
        apply(machine, test=True),
        apply(machine),
        carry_out(machine, "check"),
        apply(machine),
    )


def prepare(machine: Machine, repository: Repository) -> None:
    """Lay out the tree, the units and the packages that the cases need."""
    repository.configure()
    for case in ALL:
        machine.path(case.here).mkdir(parents=True)
        for name, versions in case.packages.items():
            for version in versions:
                repository.add(name, version, conffile=f"{version}\n")
        for unit, folder in ((case.unit, "/etc"), (case.packaged, "/usr/lib")):
            if unit:
                machine.path(f"{folder}/systemd/system/{unit}.service").write_text(UNIT)
    shutil.copytree(CASES / "files", machine.path(f"{TREE}/states/files"))
    states = dict(pair for case in ALL for pair in case.states())
    machine.path(f"{TREE}/states/matrix.zy").write_text(json.dumps(states))
    machine.path(SETTINGS).write_text("mx: {}\n")
    machine.path("/root/.cache").mkdir()
    machine.run("systemctl", "daemon-reload")
    machine.run("apt-get", "-qq", "update")


def apply(machine: Machine, *, test: bool = False) -> Results:
    """Apply all cases; return what became of each state by its id."""
    argv = ("zester-peel", "apply", TREE, "matrix", "-o", "json", "--settings", SETTINGS)
    more = ("--test",) if test else ()
    done = machine.run(*argv, *more, check=False, timeout=120)
    assert done.returncode in (0, 2), done.stderr
    return {each["__id__"]: each for each in json.loads(done.stdout)["local"].values()}


def carry_out(machine: Machine, step: str) -> list[str]:
    """Run one of the commands of each case; return what failed and what it said."""
    script = "".join(
        case.script(step)
        for case in ALL
        if getattr(case, step) and not (case.fails and step == "drift")
    )
    done = machine.run("bash", "-u", text=script, check=False)
    assert done.returncode == 0, done.stderr
    return [*done.stdout.splitlines(), *done.stderr.splitlines()] if done.stdout else []


def stamp(machine: Machine) -> None:
    machine.run("touch", "/run/stamp")


def written_since(machine: Machine) -> list[str]:
    """Return all paths that have changed since the stamp, in content or attributes."""
    argv = ("find", "/", "-xdev", "-cnewer", "/run/stamp")
    paths = machine.run(*argv, check=False).stdout.splitlines()
    # in /tmp files come and go; none may stay
    return [path for path in paths if path != "/tmp" and not path.startswith(WRITTEN)]


def named(case: Case) -> str:
    return f"{case.function}: {case.what}" if case.what else case.id


def test_every_state_function_is_in_the_matrix() -> None:
    assert {case.function for case in ALL} == set(REGISTRY)
    assert {case.function for case in WORKING} == set(REGISTRY) - FAILS_ALWAYS
    drifting = {case.function for case in RESTING if case.drift}
    assert drifting == set(REGISTRY) - FAILS_ALWAYS - TOUCHES_NOTHING


def as_predicted(case: Case, predicted: Results, results: Results) -> None:
    """Check that the states of a case did exactly what was predicted."""
    for name in case.ids:
        result, before = results[name], predicted[name]
        assert result["result"] is True, result["comment"]
        if name == case.id and case.foresees is not None:
            assert (before["result"], set(before["changes"])) == (None, set(case.foresees))
        else:
            assert before["changes"] == result["changes"]
            assert before["result"] is (None if result["changes"] else True)


@pytest.mark.parametrize("case", WORKING, ids=named)
def test_what_is_predicted_happens(runs: Runs, case: Case) -> None:
    as_predicted(case, runs.predicted, runs.applied)
    assert bool(runs.applied[case.id]["changes"]) is not case.quiet
    assert case.id not in runs.wrong, runs.wrong


@pytest.mark.parametrize("case", RESTING, ids=named)
def test_what_is_right_stays(runs: Runs, case: Case) -> None:
    for name in case.ids:
        assert (runs.again[name]["result"], runs.again[name]["changes"]) == (True, {})


@pytest.mark.parametrize("case", [case for case in RESTING if case.drift], ids=named)
def test_what_has_drifted_is_repaired(runs: Runs, case: Case) -> None:
    as_predicted(case, runs.drift_predicted, runs.repaired)
    for name in case.ids:
        assert (runs.at_rest[name]["result"], runs.at_rest[name]["changes"]) == (True, {})
    assert any(runs.repaired[name]["changes"] for name in case.ids)
    assert case.id not in runs.wrong_after_drift, runs.wrong_after_drift


@pytest.mark.parametrize("case", FAILING, ids=named)
def test_what_cannot_be_says_why_and_changes_nothing(runs: Runs, case: Case) -> None:
    for run in (runs.applied, runs.again, runs.repaired, runs.at_rest):
        assert run[case.id]["result"] is False
        assert case.fails in run[case.id]["comment"]
        assert "bug" not in run[case.id]["comment"]
    assert case.id not in runs.wrong
    # what stands in the way may go by then, but nothing is promised to be right already
    assert runs.predicted[case.id]["result"] is not True


def test_predicting_writes_nothing(runs: Runs) -> None:
    assert runs.written_by_prediction == []


def test_what_is_right_is_not_written_again(runs: Runs) -> None:
    assert [path for path in runs.written_again if path.startswith(PLACES)] == []
