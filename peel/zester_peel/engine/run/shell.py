"""How the commands of a state's guards and checks are run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zester.dataclass import dataclass
from zester.errors import ParameterError
from zester_peel.engine.fields import read_codes, read_environment, read_text
from zester_peel.host.protocol import HostReader

TIMEOUT = 60.0
ARGUMENTS = ("cwd", "env", "runas", "shell", "success_retcodes", "timeout", "umask")
"""Arguments of a state that hold for these commands, also where the state has none of them."""


@dataclass(frozen=True, slots=True)
class Shell:
    """Runs commands that only look, as the state they belong to would."""

    program: str = "/bin/sh"
    cwd: str | None = None
    env: Mapping[str, str] | None = None
    user: str | None = None
    umask: int | None = None
    timeout: float = TIMEOUT
    good: frozenset[int] = frozenset((0,))

    async def succeeds(self, host: HostReader, command: str) -> bool:
        """Return whether a command ends well; raises HostError and CommandTimeout."""
        if self.umask is not None:
            command = f"umask {self.umask:04o}\n{command}"
        done = await host.probe(
            (self.program, "-c", command),
            cwd=self.cwd,
            env=self.env,
            timeout=self.timeout,
            user=self.user,
        )
        return done.returncode in self.good


PLAIN = Shell()


def read_shell(args: Mapping[str, Any], left_out: object) -> Shell:
    """Read what a state's arguments say about its commands, but for those ``left_out`` names.

    Raises ParameterError.
    """
    excluded = left_out if isinstance(left_out, list | tuple) else [left_out]
    given = {
        key: args[key] for key in ARGUMENTS if args.get(key) is not None and key not in excluded
    }
    if not given:
        return PLAIN
    try:
        return Shell(
            program=_text(given, "shell") or "/bin/sh",
            cwd=_text(given, "cwd"),
            env=read_environment(given["env"]) if "env" in given else None,
            user=_text(given, "runas"),
            umask=int(str(given["umask"]), 8) & 0o777 if "umask" in given else None,
            timeout=float(given.get("timeout", TIMEOUT)),
            good=frozenset((0, *read_codes(given.get("success_retcodes", ())))),
        )
    except (TypeError, ValueError) as error:
        raise ParameterError(f"arguments of the commands of guards: {error}") from error


def _text(given: Mapping[str, Any], key: str) -> str | None:
    return read_text(given[key]) if key in given else None
