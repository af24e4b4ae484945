"""All of a plan reaches the disk, or nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from zester.cli.migrate.disk.writing import write
from zester.cli.migrate.options import Options
from zester.cli.migrate.plan import make_plan
from zester.errors import HostError

Run = Callable[..., tuple[int, dict[str, Any]]]
Put = Callable[[Mapping[str, str | bytes]], None]
Files = Callable[[], dict[str, bytes]]

TREE = {"a.sls": "mode: 0644\n", "b.sls": "x: 1\n", "c.jinja": "{{ salt['user.info']('x') }}"}


def test_modes_are_kept(tree: Path, put: Put, run: Run) -> None:
    put(TREE)
    (tree / "a.sls").chmod(0o640)
    (tree / "b.sls").chmod(0o755)
    run("--write")
    assert (tree / "a.zy").stat().st_mode & 0o777 == 0o640
    assert (tree / "b.zy").stat().st_mode & 0o777 == 0o755


def test_nothing_is_touched_that_does_not_change(tree: Path, put: Put, run: Run) -> None:
    put({"a.zy": "x: 1\n", "m.jinja": "x"})
    before = {path: path.stat() for path in tree.iterdir()}
    assert run("--write")[0] == 0
    assert {path: path.stat() for path in tree.iterdir()} == before


def test_a_file_of_the_new_name_stops_everything(put: Put, run: Run, files: Files) -> None:
    put({**TREE, "a.zy": "mine: 1\n"})
    before = files()
    code, report = run("--write")
    assert code == 2
    assert report["written"] is False
    messages = [f["message"] for file in report["files"] for f in file["findings"]]
    assert messages == ["'a.zy' exists already: nothing is written"]
    assert files() == before


def test_even_a_dangling_link_of_the_new_name_does(tree: Path, put: Put, run: Run) -> None:
    put({"a.sls": "x: 1\n"})
    (tree / "a.zy").symlink_to("nowhere")
    assert run("--write")[0] == 2
    assert (tree / "a.zy").is_symlink()
    assert (tree / "a.sls").exists()


@pytest.mark.parametrize("failing", range(1, 7))
def test_whatever_fails_all_files_are_as_they_were(
    failing: int, tree: Path, put: Put, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(TREE)
    before = files()
    plan = make_plan([tree], Options())
    real, calls = Path.replace, 0

    def replace(self: Path, target: Path) -> Path:
        nonlocal calls
        calls += 1
        if calls == failing:
            raise OSError(28, "No space left on device", str(target))
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    if failing > 4:  # two of the three files are renamed, two rewritten
        write(plan.files)
        return
    with pytest.raises(HostError, match="No space left on device"):
        write(plan.files)
    assert files() == before


def test_a_disk_that_fills_up_changes_nothing(
    tree: Path, put: Put, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(TREE)
    before = files()
    plan = make_plan([tree], Options())

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(HostError):
        write(plan.files)
    assert files() == before


def test_a_file_that_changed_meanwhile_stops_everything(tree: Path, put: Put, files: Files) -> None:
    put(TREE)
    plan = make_plan([tree], Options())
    (tree / "c.jinja").write_text("newer")
    before = files()
    with pytest.raises(HostError, match=r"c.jinja.*changed meanwhile"):
        write(plan.files)
    assert files() == before


def test_one_file_can_be_asked_for_whatever_its_suffix(tree: Path, put: Put, files: Files) -> None:
    put({"x.conf": "{{ salt['pillar.get']('a') }}", "b.sls": ""})
    write(make_plan([tree / "x.conf", tree / "x.conf"], Options()).files)
    assert files() == {"x.conf": b"{{ pillar_get('a') }}", "b.sls": b""}


def test_overlapping_paths_count_once(tree: Path, put: Put) -> None:
    put({"a/b.sls": ""})
    plan = make_plan([tree, tree / "a", tree / "a" / "b.sls"], Options())
    assert len(plan.files) == 1
