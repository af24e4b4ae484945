"""``cmd.…``: run commands."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import BeforeValidator

from zester.errors import ParameterError, StateError
from zester_peel.engine.fields import Environment, read_codes, read_text
from zester_peel.host.protocol import CommandResult, Launch
from zester_peel.modules.calling.call import Answer, Call, ExecutionFunction

SHELL = "/bin/sh"
SCRIPT_LIMIT = 4 * 1024 * 1024


def _read_command(value: object) -> str:
    """Read a command; ``true`` and ``false`` are programs as well."""
    return str(value).lower() if isinstance(value, bool) else read_text(value)


CommandText = Annotated[str, BeforeValidator(_read_command)]
Codes = Annotated[tuple[int, ...], BeforeValidator(read_codes)]


def _command(verb: str, what: str, shown: Callable[[CommandResult], Any]) -> ExecutionFunction:
    """Return a function that runs a command and shows something of what became of it."""

    async def function(
        call: Call,
        cmd: CommandText | None = None,
        cwd: str | None = None,
        stdin: str | None = None,
        runas: str | None = None,
        group: str | None = None,
        shell: str = SHELL,
        python_shell: bool = True,
        env: Environment | None = None,
        umask: str | None = None,
        timeout: float | None = None,
        ignore_retcode: bool = False,
        success_retcodes: Codes = (),
        prepend_path: str | None = None,
        name: CommandText | None = None,
    ) -> Answer:
        text = _asked(f"cmd.{verb}", cmd, name)
        done = await call.around.host.run(
            (shell, "-c", text) if python_shell else tuple(shlex.split(text)),
            cwd=cwd,
            env=env,
            timeout=timeout,
            user=runas,
            stdin=None if stdin is None else stdin.encode(),
            launch=Launch(_umask(umask), group, prepend_path, bound=True),
        )
        ok = ignore_retcode or done.returncode in (0, *success_retcodes)
        return Answer(shown(done), ok=ok, retcode=0 if ok else done.returncode)

    function.__name__ = verb
    function.__doc__ = (
        f"Run a command and answer {what}; a code other than 0 is a failure.\n\n"
        "    With ``python_shell=False`` no shell is involved. ``name`` may stand for ``cmd``."
    )
    return function


def _asked(function: str, cmd: str | None, name: str | None) -> str:
    """Return the command, under whichever of its names it was given; raises ParameterError."""
    given = [text for text in (cmd, name) if text is not None]
    if len(given) > 1:
        raise ParameterError(f"{function}: only one of 'cmd' and 'name' may be given")
    if not given:
        raise ParameterError(f"{function}: missing a required argument: 'cmd'")
    return given[0]


def _all(done: CommandResult) -> dict[str, Any]:
    return {
        "pid": done.pid,
        "retcode": done.returncode,
        "stdout": done.stdout.rstrip("\n"),
        "stderr": done.stderr.rstrip("\n"),
    }


def _joined(done: CommandResult) -> str:
    return "\n".join(filter(None, (done.stdout.rstrip("\n"), done.stderr.rstrip("\n"))))


def _umask(text: str | None) -> int | None:
    try:
        return None if text is None else int(text, 8) & 0o777
    except ValueError as error:
        raise StateError(f"{text!r} is not a umask", hint="write it as 022") from error


run = _command("run", "what it prints, errors included", _joined)
run_all = _command("run_all", "its pid, retcode, stdout and stderr", _all)
run_stdout = _command("run_stdout", "its standard output", lambda done: done.stdout.rstrip("\n"))
run_stderr = _command("run_stderr", "its error output", lambda done: done.stderr.rstrip("\n"))
retcode = _command("retcode", "its exit code", lambda done: done.returncode)


async def script(
    call: Call,
    source: str,
    args: str | None = None,
    cwd: str | None = None,
    stdin: str | None = None,
    runas: str | None = None,
    shell: str = SHELL,
    env: Environment | None = None,
    timeout: float | None = None,
) -> Answer:
    """Run a script that lies on the peel, with a shell unless it names its own interpreter."""
    text = await call.around.host.read(source, limit=SCRIPT_LIMIT)
    program = tuple(shlex.split(text[2:].split(b"\n", 1)[0].decode("utf-8", "replace")))
    argv = program if text.startswith(b"#!") and program else (shell,)
    path = str(call.around.host.real(source))
    done = await call.around.host.run(
        (*argv, path, *shlex.split(args or "")),
        cwd=cwd,
        env=env,
        timeout=timeout,
        user=runas,
        stdin=None if stdin is None else stdin.encode(),
        launch=Launch(bound=True),
    )
    return Answer(_all(done), ok=done.returncode == 0, retcode=done.returncode)


async def which(call: Call, cmd: str) -> str | None:
    """Answer the path of a program, None when there is none."""
    return shutil.which(cmd)


async def has_exec(call: Call, cmd: str) -> bool:
    """Answer whether there is a program of this name."""
    return shutil.which(cmd) is not None
