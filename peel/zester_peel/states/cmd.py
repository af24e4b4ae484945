"""``cmd.run`` and ``cmd.wait``: commands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from zester_peel.engine.fields import Environment, Flag, Text, Texts
from zester_peel.engine.state import EVERYTHING, Applied, Plan, State
from zester_peel.host.protocol import Host, HostReader


class CommandSpec(BaseModel):
    """Parameters of ``cmd.run`` and ``cmd.wait``.

    With ``args`` the command is a program and no shell is involved. ``timeout`` in seconds.
    ``output_loglevel`` is accepted for state files written for Salt; nothing is logged anyway.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Text = Field(min_length=1, validation_alias=AliasChoices("command", "cmd", "name"))
    args: Texts | None = None
    cwd: Text | None = Field(None, validation_alias=AliasChoices("cwd", "dir"))
    env: Environment | None = None
    shell: Text = "/bin/sh"
    runas: Text | None = None
    timeout: float | None = Field(None, gt=0)
    success_retcodes: tuple[int, ...] = ()
    hide_output: Flag = False
    output_loglevel: Text | None = None


class Run(State[CommandSpec, None]):
    """A command that runs each time it is asked for."""

    function: ClassVar[str] = "cmd.run"
    imperative: ClassVar[bool] = True
    spec = CommandSpec

    def locks(self, spec: CommandSpec) -> Iterable[str]:
        return (EVERYTHING,)

    async def observe(self, host: HostReader, spec: CommandSpec) -> None:
        return None

    def plan(self, spec: CommandSpec, observed: None) -> Plan:
        return Plan({"cmd": spec.name}, f'Command "{spec.name}" would have been executed')

    async def apply(self, host: Host, spec: CommandSpec, plan: Plan) -> Applied:
        if spec.args is None:
            argv: tuple[str, ...] = (spec.shell, "-c", spec.name)
        else:
            argv = (spec.name, *spec.args)
        done = await host.run(
            argv, cwd=spec.cwd, env=spec.env, timeout=spec.timeout, user=spec.runas
        )
        changes: dict[str, Any] = {
            "pid": done.pid,
            "retcode": done.returncode,
            "stdout": "" if spec.hide_output else done.stdout.rstrip("\n"),
            "stderr": "" if spec.hide_output else done.stderr.rstrip("\n"),
        }
        comment = f'Command "{spec.name}" run'
        if done.truncated and not spec.hide_output:
            comment += "; its output was cut off"
        good = done.returncode == 0 or done.returncode in spec.success_retcodes
        if not good:
            comment += f" and failed with exit code {done.returncode}"
            last = done.stderr.strip().rpartition("\n")[2]
            if last and not spec.hide_output:
                comment += f": {last[:200]}"
        return Applied(changes, comment, result=good)


class Wait(Run):
    """A command that runs when a state it watches has changed."""

    function: ClassVar[str] = "cmd.wait"
    reactive: ClassVar[bool] = True
