"""``cmd.run`` and ``cmd.wait``: commands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from zester.errors import HostError, StateError
from zester_peel.engine.fields import Text, Texts
from zester_peel.engine.state import EVERYTHING, Applied, Plan, State
from zester_peel.host.protocol import Host, HostReader
from zester_peel.states.cmd.command import CommandSpec, carry_out, judge


class RunSpec(CommandSpec):
    """Parameters of ``cmd.run`` and ``cmd.wait``.

    With ``args`` the command is a program and no shell is involved. ``root`` is where ``chroot``
    goes before.
    """

    args: Texts | None = None
    prepend_path: Text | None = None
    root: Text | None = None


class Run(State[RunSpec, Applied]):
    """A command that runs each time it is asked for."""

    function: ClassVar[str] = "cmd.run"
    imperative: ClassVar[bool] = True
    spec = RunSpec

    def requires(self, spec: RunSpec) -> Iterable[str]:
        return spec.needs

    def locks(self, spec: RunSpec) -> Iterable[str]:
        return (EVERYTHING,)

    async def observe(self, host: HostReader, spec: RunSpec) -> Applied | None:
        """Ask the command that predicts, where there is one; None = it cannot be told."""
        if spec.stateful is None or spec.stateful.test_name is None:
            return None
        argv = (spec.shell, "-c", spec.stateful.test_name)
        told = await host.probe(
            argv, cwd=spec.cwd, env=spec.env, user=spec.runas, timeout=spec.timeout or 60.0
        )
        found = judge(spec, told, "")
        return found if found.result else None

    def plan(self, spec: RunSpec, observed: Applied | None) -> Plan:
        if observed is not None and not observed.changes:
            return Plan(comment=observed.comment)
        if observed is not None and observed.changes:
            return Plan(observed.changes, observed.comment)
        return Plan({"cmd": spec.name}, f'Command "{spec.name}" would have been executed')

    async def apply(self, host: Host, spec: RunSpec, plan: Plan) -> Applied:
        await demand_folder(host, spec)
        argv = (spec.name, *spec.args) if spec.args is not None else (spec.shell, "-c", spec.name)
        if spec.root is not None:
            argv = ("chroot", "--", spec.root, *argv)
        launch = spec.launch(spec.prepend_path)
        return await carry_out(host, spec, argv, launch, f'Command "{spec.name}" run')


class Wait(Run):
    """A command that runs when a state it watches has changed."""

    function: ClassVar[str] = "cmd.wait"
    reactive: ClassVar[bool] = True


async def demand_folder(host: Host, spec: CommandSpec) -> None:
    """Raise StateError when the folder it is to start in does not exist."""
    if spec.cwd is None:
        return
    if not spec.cwd.startswith("/"):
        raise StateError(f"cwd {spec.cwd!r} is not an absolute path")
    try:
        found = await host.stat(spec.cwd, follow=True)
    except HostError as error:
        raise StateError(f'Desired working directory "{spec.cwd}": {error}') from error
    if found is None or found.kind != "directory":
        raise StateError(f'Desired working directory "{spec.cwd}" is not available')
