"""Each distribution gets the values Salt gives it (recorded from Salt 3008.5)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from zester_peel.facts.collect import collect
from zester_peel.facts.source import Source

CASES = sorted((Path(__file__).parents[1] / "cases" / "facts").glob("*.json"))

FAMILIES = {
    "alpine319": ("alpine", "alpine"),
    "arch": ("arch", "arch"),
    "debian12": ("debian", "debian"),
    "fedora40": ("rhel", "fedora"),
    "rocky9": ("rhel", "rocky"),
    "sles155": ("suse", "sles"),
    "ubuntu2404": ("debian", "ubuntu"),
}


def machine(root: Path, files: dict[str, str]) -> Source:
    for name, text in files.items():
        path = root / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Source("n1", root, root, environ={}, addresses=list, machine="x86_64")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_a_distribution_has_salts_values(tmp_path: Path, case: Path) -> None:
    recorded: dict[str, Any] = json.loads(case.read_text())
    values = collect(machine(tmp_path, recorded["files"])).values
    found = json.loads(json.dumps(values))
    expected = recorded["facts"]
    assert {name: found.get(name) for name in expected} == expected
    unexpected = {name for name in found if name.startswith(("os", "lsb_"))} - expected.keys()
    assert not unexpected
    if case.stem in FAMILIES:
        family, platform = FAMILIES[case.stem]
        assert (values["os"].family, values["os"].platform) == (family, platform)


def test_a_rolling_release_takes_what_its_lsb_file_says(tmp_path: Path) -> None:
    files = {
        "/etc/os-release": 'NAME="Arch Linux"\nID=arch\nBUILD_ID=rolling\n',
        "/etc/lsb-release": "DISTRIB_ID=Arch\nDISTRIB_RELEASE=rolling\nDISTRIB_CODENAME=n/a\n",
    }
    values = collect(machine(tmp_path, files)).values
    assert (values["os"], values["osfullname"]) == ("Arch", "Arch")
    assert (values["osrelease"], values["osfinger"]) == ("rolling", "Arch-rolling")
    assert (values["oscodename"], values.get("osmajorrelease")) == ("n/a", None)


def test_an_unknown_derivative_belongs_to_its_parents_family(tmp_path: Path) -> None:
    release = 'NAME="Frobnix GNU/Linux"\nID=frobnix\nID_LIKE="ubuntu debian"\nVERSION_ID=3\n'
    values = collect(machine(tmp_path, {"/etc/os-release": release})).values
    assert (values["os"], values["os_family"], values["osarch"]) == ("Frobnix", "Debian", "amd64")


def test_os_is_a_word_and_a_namespace(tmp_path: Path) -> None:
    debian = json.loads(next(case for case in CASES if case.stem == "debian12").read_text())
    files = debian["files"] | {
        "/proc/uptime": "4711.25 9000.00\n",
        "/proc/stat": "cpu 1 2 3\nbtime 1700000000\n",
        "/proc/sys/kernel/arch": "aarch64\n",
    }
    value = collect(machine(tmp_path, files)).values["os"]
    assert f"{value}" == "Debian"
    assert value == "Debian"
    assert json.dumps({"os": value}) == '{"os": "Debian"}'
    assert value.family == value["family"] == value.get("family") == "debian"
    assert value.platform_version == "12"
    assert (value.arch, value.kernel, value.kernel_arch) == ("arm64", "Linux", "aarch64")
    assert (value.uptime, value.boot_time) == (4711, 1_700_000_000)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\0\xff\n===\n=x\n",
        'NAME="unclosed\nID=\n',
        "ID=$(reboot)\nNAME=`id`\n",
        "x" * 2_000_000,
    ],
)
def test_a_broken_os_release_still_gives_an_os(tmp_path: Path, text: str) -> None:
    facts = collect(machine(tmp_path, {"/etc/os-release": text}))
    assert isinstance(facts.values["os"], str)
    assert facts.values["os_family"]
    assert "system" not in facts.problems
