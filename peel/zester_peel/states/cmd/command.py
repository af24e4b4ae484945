"""What all command states share: parameters, and what a finished command means."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field

from zester.errors import CommandTimeout
from zester_peel.engine.fields import Environment, Flag, Text, read_codes, read_text, read_texts
from zester_peel.engine.state import Applied
from zester_peel.host.protocol import CommandResult, Host, Launch
from zester_peel.states.cmd.stateful import Stateful, read_stateful, reinterpret
from zester_peel.states.said import said

_BACKGROUND = '"$@" </dev/null >/dev/null 2>&1 & echo "$!"'


def _read_fragments(value: object) -> tuple[str, ...]:
    """Read texts: a list, or one text with commas."""
    if isinstance(value, str):
        return tuple(text.strip() for text in value.split(","))
    return read_texts(value)


def _read_umask(value: object) -> int:
    """Read a umask: octal digits, also where YAML makes a number of them."""
    text = read_text(value).strip()
    mask = int(text, 8) if text and set(text) <= set("01234567") else 0
    if not 0 < mask <= 0o777:
        raise ValueError(f"{value!r} is not a umask between '001' and '777'")
    return mask


Codes = Annotated[tuple[int, ...], BeforeValidator(read_codes)]
Fragments = Annotated[tuple[str, ...], BeforeValidator(_read_fragments)]
ShellCommand = Annotated[
    str,
    BeforeValidator(read_text),
    Field(min_length=1, validation_alias=AliasChoices("command", "cmd", "name")),
]


class CommandSpec(BaseModel):
    """Parameters of every command state; ``timeout`` in seconds.

    ``output_loglevel`` and ``use_vt`` are accepted for state files written for Salt: no output is
    logged, and commands never get a terminal.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: ShellCommand
    cwd: Text | None = Field(None, validation_alias=AliasChoices("cwd", "dir"))
    env: Environment | None = None
    shell: Text = "/bin/sh"
    runas: Text | None = None
    group: Text | None = None
    umask: Annotated[int, BeforeValidator(_read_umask)] | None = None
    timeout: float | None = Field(None, gt=0)
    ignore_timeout: Flag = False
    stateful: Annotated[Stateful | None, BeforeValidator(read_stateful)] = None
    success_retcodes: Codes = ()
    success_stdout: Fragments = ()
    success_stderr: Fragments = ()
    stdin: Text | None = None
    hide_output: Flag = False
    bg: Flag = False
    output_loglevel: Text | None = None
    use_vt: Flag = False

    @property
    def needs(self) -> tuple[str, ...]:
        """The accounts it runs as, which other states may create."""
        return (
            *(() if self.runas is None else (f"user:{self.runas}",)),
            *(() if self.group is None else (f"group:{self.group}",)),
        )

    def launch(self, prepend_path: str | None = None) -> Launch:
        """Return what the command starts with; one in the background may outlive the peel."""
        return Launch(self.umask, self.group, prepend_path, bound=not self.bg)


async def carry_out(
    host: Host, spec: CommandSpec, argv: tuple[str, ...], launch: Launch, comment: str
) -> Applied:
    """Run it and tell what became of it, in Salt's shape."""
    if spec.bg:
        argv = ("/bin/sh", "-c", _BACKGROUND, "sh", *argv)
    try:
        done = await host.run(
            argv,
            cwd=spec.cwd,
            env=spec.env,
            timeout=spec.timeout,
            user=spec.runas,
            stdin=None if spec.stdin is None else spec.stdin.encode(),
            launch=launch,
        )
    except CommandTimeout:
        if not spec.ignore_timeout:
            raise
        told = f"Timed out after {spec.timeout:g} seconds"
        changes = {"pid": 0, "retcode": 0, "stdout": told, "stderr": ""}
        return Applied(changes, comment)
    if spec.bg:
        good = done.returncode == 0
        return Applied({"pid": int(done.stdout or 0)}, f"{comment} in the background", good)
    return judge(spec, done, comment)


def judge(spec: CommandSpec, done: CommandResult, comment: str) -> Applied:
    """Tell whether a finished command has failed, and what it changed."""
    code, out, err = done.returncode, done.stdout.rstrip(), done.stderr.rstrip()
    if (
        code in spec.success_retcodes
        or any(text in out for text in spec.success_stdout)
        or any(text in err for text in spec.success_stderr)
    ):
        code = 0
    if done.truncated:  # the last line may be half a secret, which nobody would recognise
        out, err = (text.rpartition("\n")[0] for text in (out, err))
    shown = ("", "") if spec.hide_output else (out, err)
    changes: dict[str, Any] = {
        "pid": done.pid,
        "retcode": code,
        "stdout": shown[0],
        "stderr": shown[1],
    }
    if done.truncated and not spec.hide_output:
        comment += "; its output was cut off"
    if code:
        comment += f" and failed with exit code {code}"
        last = err.rpartition("\n")[2]
        if last and not spec.hide_output:
            comment += f": {said(last, 'see its output')}"
    if spec.stateful is not None:
        found = reinterpret(out, err, changes, failed=bool(code), hidden=spec.hide_output)
        return replace(found, comment=found.comment or comment)
    return Applied(changes, comment, result=code == 0)
