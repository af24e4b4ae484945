"""What service managers say, as recorded on real machines, and what it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import pytest
import yaml

from support.machines.answering_host import AnsweringHost
from zester.errors import StateError
from zester_peel.host.linux import LinuxHost
from zester_peel.host.protocol import CommandResult
from zester_peel.states.service.manager import Manager, Manner
from zester_peel.states.service.openrc import OpenRC
from zester_peel.states.service.service import Service, read_service, unit_of
from zester_peel.states.service.services import Services, places
from zester_peel.states.service.systemd import Systemd
from zester_peel.states.service.sysv import SysV

pytestmark = pytest.mark.anyio

CASES = Path(__file__).parent.parent / "cases" / "service"
FIELDS = {"known": True, "running": False, "alive": False, "starting": False, "stopping": False}
PLAIN = {**FIELDS, "enabled": False, "fixed": False, "mask": "", "stale": False, "problem": ""}


class Teller(AnsweringHost):
    """A machine below a folder whose commands say what the test wants."""

    def __init__(self, root: Path, answers: Mapping[str, tuple[int, str, str]]) -> None:
        super().__init__(root)
        self.answers = dict(answers)
        self.asked: list[str] = []

    def answer(self, argv: tuple[str, ...], stdin: bytes | None) -> CommandResult:
        line = " ".join(argv)
        self.asked.append(line)
        for start, (code, out, err) in self.answers.items():
            if line.startswith(start):
                return CommandResult(argv, code, out, err)
        raise AssertionError(f"nobody expected {line!r}")


def loaded(name: str) -> list[Any]:
    return list(yaml.safe_load((CASES / name).read_text(encoding="utf-8")))


@pytest.mark.parametrize("case", loaded("systemd.yaml"), ids=lambda case: case["unit"])
async def test_systemd(case: Mapping[str, Any], tmp_path: Path) -> None:
    host = Teller(tmp_path, {"systemctl show": (0, case["shown"], "")})
    found = asdict(await Systemd().look(host, case["unit"]))
    wanted = {**PLAIN, "id": case["unit"], "triggers": [], **case["means"]}
    assert {**found, "triggers": list(found["triggers"])} == {"name": case["unit"], **wanted}


@pytest.mark.parametrize("case", loaded("scripts.yaml"), ids=lambda case: case["case"])
async def test_init_scripts(case: Mapping[str, Any], tmp_path: Path) -> None:
    managers: dict[str, Manager] = {"openrc": OpenRC(), "sysv": SysV()}
    manager = managers[case["manager"]]
    for name, target in case["given"].items():
        path = tmp_path / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        if target:
            path.symlink_to(target)
        else:
            path.write_text("#!/bin/sh\n")
            path.chmod(0o755)
    answers = {line: tuple(said) for line, said in case.get("answers", {}).items()}
    host = Teller(tmp_path, answers)
    found = await manager.look(host, case["service"])
    assert asdict(found) == {
        "name": case["service"],
        **PLAIN,
        "id": case["service"],
        "triggers": (),
        **case["means"],
    }
    host.asked.clear()
    for verb in case.get("then", {}):
        if verb in ("enable", "disable"):
            await getattr(manager, verb)(host, found)
        else:
            await manager.act(host, found, verb, Manner())
        assert host.asked == case["then"][verb]
        host.asked.clear()


async def test_those_who_ask_together_are_answered_by_one_process(tmp_path: Path) -> None:
    class Many(Teller):
        def answer(self, argv: tuple[str, ...], stdin: bytes | None) -> CommandResult:
            super().answer(argv, stdin)
            blocks = [f"Id={unit}\nLoadState=loaded\nActiveState=active" for unit in argv[4:]]
            return CommandResult(argv, 0, "\n\n".join(blocks) + "\n", "")

    host, manager = Many(tmp_path, {"": (0, "", "")}), Systemd()
    found: list[Service] = []

    async def look(name: str) -> None:
        found.append(await manager.look(host, name))

    async with anyio.create_task_group() as tasks:
        for number in range(50):
            tasks.start_soon(look, f"s{number}")
    assert {service.id for service in found} == {f"s{number}.service" for number in range(50)}
    assert len([line for line in host.asked if " show " in line]) == 1


async def test_a_name_that_systemd_refuses_harms_nobody_else(tmp_path: Path) -> None:
    bad = "Failed to get properties: Unit name @x.service is neither a valid ID nor unit name."

    class Picky(Teller):
        def answer(self, argv: tuple[str, ...], stdin: bytes | None) -> CommandResult:
            super().answer(argv, stdin)
            units = [unit for unit in argv[4:] if unit != "@x.service"]
            text = "\n\n".join(f"Id={unit}\nLoadState=loaded\nActiveState=active" for unit in units)
            refused = len(units) < len(argv[4:])
            return CommandResult(argv, int(refused), text, bad if refused else "")

    host, manager = Picky(tmp_path, {"": (0, "", "")}), Systemd()
    found: dict[str, Service] = {}

    async def look(name: str) -> None:
        found[name] = await manager.look(host, name)

    async with anyio.create_task_group() as tasks:
        for name in ("first", "@x", "good", "fine"):
            tasks.start_soon(look, name)
    assert [found[name].known for name in ("first", "@x", "good", "fine")] == [1, 0, 1, 1]
    assert "neither a valid ID" in found["@x"].problem


async def test_below_another_root_services_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="cannot be managed"):
        await Services().manager(LinuxHost(tmp_path))


@pytest.mark.parametrize("name", ["", "a b", "../x", "x\ny", "*", "a;b", "é", "/x", "[ab]", "."])
def test_what_cannot_be_the_name_of_a_service(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be the name"):
        read_service(name)


def test_names_units_and_where_their_files_are() -> None:
    assert unit_of("nginx") == "nginx.service"
    assert unit_of("nginx.service") == "nginx.service"
    assert unit_of("a.b") == "a.b.service"
    assert unit_of("beat.timer") == "beat.timer"
    assert "path:/etc/systemd/system/get@.service" in set(places("get@one"))
