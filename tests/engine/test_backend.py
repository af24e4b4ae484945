"""States of a family that this machine has nothing for."""

from __future__ import annotations

from pathlib import Path

import pytest

from zester.compiler.lowstate import LowChunk
from zester.errors import At
from zester_peel.engine.backend import Backend
from zester_peel.engine.converge import Engine
from zester_peel.engine.outcome import Cause, RunResult
from zester_peel.host.linux import LinuxHost
from zester_peel.states.registry import REGISTRY

pytestmark = pytest.mark.anyio


class NoSources:
    """No tree: nothing here asks for one."""

    def __getattr__(self, name: str) -> object:
        raise AssertionError(f"nothing asks for {name}")


def chunk(state: str, fun: str) -> LowChunk:
    return LowChunk(state, fun, "x", "x", "web", "base", At("states/web.sls", 7), 1)


async def ran(root: Path, state: str, fun: str, *, test: bool = False) -> RunResult:
    engine = Engine(LinuxHost(root), REGISTRY, NoSources())  # type: ignore[arg-type]  # as it says
    program = engine.program([chunk(state, fun)])
    return await engine.run(program, cause=Cause.COMMAND, test=test)


@pytest.mark.parametrize("fun", ["installed", "latest", "removed", "purged", "held", "uptodate"])
@pytest.mark.parametrize("test", [False, True])
async def test_without_a_package_manager_package_states_say_so_at_once(
    tmp_path: Path, fun: str, test: bool
) -> None:
    (outcome,) = (await ran(tmp_path, "pkg", fun, test=test)).outcomes
    assert outcome.result is False
    assert outcome.comment == (
        f"states/web.sls:7: pkg.{fun}: this machine has no package manager that is known: "
        "apt, dnf, yum, zypper, pacman and apk are"
    )


@pytest.mark.parametrize("fun", ["running", "dead", "enabled", "disabled", "masked", "unmasked"])
async def test_services_belong_to_the_whole_machine(tmp_path: Path, fun: str) -> None:
    (outcome,) = (await ran(tmp_path, "service", fun)).outcomes
    assert outcome.result is False
    assert f"service.{fun}: a service manager works on the whole machine" in outcome.comment


def test_any_one_of_the_marks_will_do(tmp_path: Path) -> None:
    backend = Backend("package manager", ("/usr/bin/a", "/usr/bin/b"), known="a and b are")
    host = LinuxHost(tmp_path)
    assert backend.lacking(host) == "this machine has no package manager that is known: a and b are"
    (tmp_path / "usr/bin").mkdir(parents=True)
    (tmp_path / "usr/bin/b").symlink_to("elsewhere")
    assert backend.lacking(host) == ""
