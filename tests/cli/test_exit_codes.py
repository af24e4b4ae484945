"""The exit codes that verbs declare are those they end with; those of the fleet: tests/jobs."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from zester.cli.console.verb import exits_of
from zester.cli.reference.programs import commands, programs

MODULES = {
    "zester": "zester.cli.main",
    "zester-peel": "zester_peel.main",
    "zester-master": "zester_controller.main",
    "zester-migrate": "zester.cli.migrate.main",
}

TREES = {
    "good": {"states/top.zy": "base: {'*': [a]}\n", "states/a.zy": "a: test.nop\n"},
    "doubtful": {"states/top.zy": "base: {'*': [a]}\n", "states/a.zy": "a:\n  test.nopp: []\n"},
    "failing": {
        "states/top.zy": "base: {'*': [a]}\n",
        "states/a.zy": "a: test.fail_with_changes\n",
    },
    "broken": {"states/top.zy": "base: {'*': [a]}\n", "states/a.zy": "a: [\n"},
}


@dataclass(frozen=True)
class Case:
    """What is typed; ``TREES/…`` is a folder of a tree."""

    words: str
    code: int


CASES = (
    Case("zester lint good", 0),
    Case("zester lint doubtful", 1),
    Case("zester lint nowhere", 2),
    Case("zester render --states good/states", 0),
    Case("zester render --states broken/states", 1),
    Case("zester render --each --states broken/states a", 1),
    Case("zester push broken", 1),
    Case("zester status --trust nowhere", 1),
    Case("zester web*) test.ping", 1),
    Case("zester --no-such-option", 1),
    Case("zester nonsense", 1),
    Case("zester trust lint nowhere", 2),
    Case("zester-peel apply good --root root", 0),
    Case("zester-peel apply nowhere", 1),
    Case("zester-peel apply broken --root root", 1),
    Case("zester-peel apply failing --root root", 2),
    Case("zester-peel facts os_family", 0),
    Case("zester-peel facts no:such:fact", 1),
    Case("zester-peel enroll --state-dir state --url tls://127.0.0.1:9", 1),
    Case("zester-peel run --state-dir state", 1),
    Case("zester-master run --trust nowhere", 1),
    Case("zester-migrate good", 0),
    Case("zester-migrate nowhere", 2),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for tree, files in TREES.items():
        for path, text in files.items():
            file = tmp_path / tree / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
    return tmp_path


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.words} → {case.code}")
def test_a_command_ends_as_it_declares(case: Case, folder: Path) -> None:
    program, *words = case.words.split()
    done = subprocess.run(
        [sys.executable, "-m", MODULES[program], *words],
        cwd=folder,
        env={"HOME": str(folder), "PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == case.code, done.stdout + done.stderr
    assert case.code in _declared(case.words)
    if case.code == 1:
        assert "Traceback" not in done.stderr


def _declared(words: str) -> frozenset[int]:
    """The codes of the command with the longest name that the words begin with."""
    program = words.split()[0]
    every = list(commands(program, programs()[program]))
    found = [each for each in every if f"{words} ".startswith(f"{each.words} ")]
    return frozenset(exits_of(max(found or every, key=lambda each: len(each.words)).command))
