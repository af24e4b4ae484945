"""Facts from files and programs of the administrators."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from zester.errors import FactError
from zester_peel.facts.collect import Facts, collect, collect_facts, fingerprint
from zester_peel.facts.custom.files import FOLDER, file_facts
from zester_peel.facts.custom.programs import collect_all_facts
from zester_peel.facts.custom.reading import LIMIT, read_facts
from zester_peel.facts.source import Source
from zester_peel.host.linux import LinuxHost

pytestmark = pytest.mark.anyio


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/os-release").write_text("ID=debian\n")
    (tmp_path / FOLDER[1:]).mkdir(parents=True, mode=0o755)
    return tmp_path


def put(root: Path, name: str, text: str, mode: int = 0o644) -> Path:
    path = root / FOLDER[1:] / name
    path.write_text(text)
    path.chmod(mode)
    return path


def facts(root: Path) -> Facts:
    source = Source("n1", root, root)
    return collect(source, {}, file_facts(source))


def test_files_of_the_folder_are_facts(root: Path) -> None:
    put(root, "site.yaml", "role: web\nsite: {dc: fra1, rack: 7}\nsince: 2024-02-03\n")
    put(root, "b.json", '{"tags": ["a", "b"], "none": null}')
    for ignored in ("readme.txt", ".hidden.yaml", "old.yaml~"):
        put(root, ignored, "bad: [")
    found = facts(root)
    assert found.problems == {}
    assert found.values == {
        "role": "web",
        "site": {"dc": "fra1", "rack": 7},
        "since": "2024-02-03",
        "tags": ["a", "b"],
        "none": None,
    }


def test_later_files_win_and_salts_comes_first(root: Path) -> None:
    (root / "etc/salt").mkdir(mode=0o755)
    (root / "etc/salt/grains").write_text("role: old\nroles: [db]\n")
    put(root, "10.yaml", "role: first")
    put(root, "20.yaml", "role: second")
    assert facts(root).values == {"role": "second", "roles": ["db"]}


def test_facts_of_the_machine_keep_their_values(root: Path) -> None:
    put(root, "x.yaml", "os_family: BeOS\nid: somebody-else\nrole: web\n")
    found = collect_facts("n1", root)
    assert (found.values["os_family"], found.values["id"]) == ("Debian", "n1")
    assert found.values["role"] == "web"
    told = found.problems[f"{FOLDER}/x.yaml"]
    assert told == "id, os_family: facts of the machine keep their values"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: [", "not YAML"),
        ("- a\n- b\n", "expected a map"),
        ("{", "not JSON"),
        ("{a: b}", "not JSON"),
        ("a b: 1", "cannot be the name"),
        ("'../x': 1", "cannot be the name"),
        ("1: 1", "cannot be the name"),
        ("a: !!python/object:os.system x", "not YAML"),
        ("a: !!binary aGFsbG8=", "a bytes cannot be a fact"),
        ("a: 2024-99-99", "not YAML"),
        ("x" * (LIMIT + 1), "more than"),
        ("a: " + "[" * 2000 + "]" * 2000, "."),
        ("a: " + "[" * 40 + "]" * 40, "nested too deep"),
        ("a: &a [1,1,1,1,1,1,1,1,1]\n" + "".join(
            f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]\n"
            for old, new in zip("abcdefgh", "bcdefghi", strict=True)
        ), "more than"),
    ],
)  # fmt: skip
def test_what_cannot_be_facts_says_why(text: str, why: str) -> None:
    with pytest.raises(FactError, match=why):
        read_facts(text)


def test_lines_of_assignments_are_facts_too() -> None:
    assert read_facts("# x\nrole=web\n\n  url=http://a?b=c \nempty=\n") == {
        "role": "web",
        "url": "http://a?b=c",
        "empty": "",
    }
    assert read_facts("") == {}
    assert read_facts("a: x=1\n") == {"a": "x=1"}


@pytest.mark.parametrize("mode", [0o664, 0o646, 0o666])
def test_a_file_that_others_may_write_is_refused(root: Path, mode: int) -> None:
    put(root, "x.yaml", "a: 1", mode)
    found = facts(root)
    assert found.values == {}
    assert "can be written by others" in found.problems[f"{FOLDER}/x.yaml"]


def test_a_folder_that_others_may_write_is_refused(root: Path) -> None:
    put(root, "x.yaml", "a: 1")
    (root / FOLDER[1:]).chmod(0o777)
    assert facts(root).values == {}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_file_of_somebody_else_is_refused(root: Path) -> None:
    os.chown(put(root, "x.yaml", "a: 1"), 1234, -1)
    assert "belongs to uid 1234" in facts(root).problems[f"{FOLDER}/x.yaml"]


def test_what_is_no_file_is_refused(root: Path) -> None:
    (root / FOLDER[1:] / "a.yaml").mkdir()
    os.mkfifo(root / FOLDER[1:] / "b.json", 0o600)
    (root / FOLDER[1:] / "c.yaml").symlink_to("c.yaml")
    (root / FOLDER[1:] / "d.yaml").symlink_to("/nowhere")
    assert len(facts(root).problems) == 4


async def test_programs_are_asked(root: Path) -> None:
    put(root, "a", "#!/bin/sh\necho role=web; echo lost >&2\n", 0o755)
    put(root, "b.sh", '#!/bin/sh\nprintf \'{"deep": {"er": [1, 2]}}\'\n', 0o700)
    put(root, "c", "#!/bin/sh\necho 'plain: true'\n", 0o755)
    put(root, "d", "#!/bin/sh\necho never=1\n", 0o644)
    found = await collect_all_facts("n1", LinuxHost(root))
    wanted = {"role": "web", "deep": {"er": [1, 2]}, "plain": True}
    assert wanted.items() <= found.values.items()
    assert "never" not in found.values
    assert not any(origin.startswith(FOLDER) for origin in found.problems)


async def test_programs_that_fail_are_problems(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(root, "code", "#!/bin/sh\necho no luck >&2; exit 3\n", 0o755)
    put(root, "text", "#!/bin/sh\necho hello world\n", 0o755)
    put(root, "long", "#!/bin/sh\nyes a=b | head -c 70000\n", 0o755)
    put(root, "gone", "#!/no/such/interpreter\n", 0o755)
    put(root, "open", "#!/bin/sh\necho open=1\n", 0o777)
    put(root, "good", "#!/bin/sh\necho good=1\n", 0o755)
    found = await collect_all_facts("n1", LinuxHost(root))
    assert found.values["good"] == "1"
    told = {
        Path(origin).name: why
        for origin, why in found.problems.items()
        if origin.startswith(FOLDER)
    }
    assert told.keys() == {"code", "text", "long", "gone", "open"}
    assert told["code"] == "it ended with 3: no luck"
    assert "more than" in told["long"]
    assert "no such file" in told["gone"]
    assert "written by others" in told["open"]


def test_custom_facts_count_for_the_fingerprint(root: Path) -> None:
    before = fingerprint(facts(root).values)
    put(root, "x.yaml", "a: 1")
    assert fingerprint(facts(root).values) != before
