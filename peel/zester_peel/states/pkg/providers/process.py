"""Running a package manager and telling what it said."""

from __future__ import annotations

from collections.abc import Mapping

from zester.errors import PackagesBusy, StateError
from zester_peel.host.protocol import CommandResult, Host, HostReader
from zester_peel.states.said import said

LOOK = 120.0  # seconds for a question
ACT = 3600.0  # seconds for a transaction
LOCK = 30  # seconds to wait for a lock

_LOCKED = (
    "could not get lock",
    "unable to acquire the dpkg frontend lock",
    "unable to lock",
    "is locked by another process",
    "frontend lock was locked by another process",
    "system management is locked",
    "unable to lock database",
    "could not lock database",
    "another app is currently holding the yum lock",
    "waiting for process with pid",
)
_WAITING = "waiting for cache lock"  # apt says so before it gets the lock after all
_TELLING = ("e:", "error", "problem", "dpkg:", "no provider of", "remove lock", "failed to")
_UNMET = " : Depends: "
_AGAIN = 10.0  # seconds until a busy manager is asked again


async def look(host: HostReader, argv: tuple[str, ...], *, good: tuple[int, ...] = (0,)) -> str:
    """Ask; return what was printed. Raises StateError for an exit code that is not good."""
    done = await host.probe(argv, cwd="/", timeout=LOOK)
    if done.returncode not in good:
        raise failure(done)
    return done.stdout


async def asked(host: HostReader, argv: tuple[str, ...]) -> str | None:
    """Ask; return what was printed, None when there is no answer."""
    done = await host.probe(argv, cwd="/", timeout=LOOK)
    return done.stdout.strip() if done.returncode == 0 and done.stdout.strip() else None


async def act(host: Host, argv: tuple[str, ...], env: Mapping[str, str] | None = None) -> None:
    """Run a transaction; raises StateError, PackagesBusy when somebody else is at it."""
    done = await host.run(argv, cwd="/", env=env, timeout=ACT)
    if done.returncode != 0:
        raise failure(done)


def failure(done: CommandResult) -> StateError | PackagesBusy:
    """Return what a failed command means."""
    lines = f"{done.stdout}\n{done.stderr}".lower().splitlines()
    if any(words in line and _WAITING not in line for line in lines for words in _LOCKED):
        return PackagesBusy(
            f"{done.argv[0]} could not start: another process uses the package manager",
            hint="it is tried again once that has finished",
            retry_after=_AGAIN,
        )
    return StateError(f"{done.argv[0]} ended with {done.returncode}: {told(done)}")


def told(done: CommandResult) -> str:
    """Return the lines of a command's output that tell what went wrong."""
    lines = [line.strip() for line in f"{done.stderr}\n{done.stdout}".splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith(_TELLING) or _UNMET in line]
    return said("; ".join(errors[:4] or lines[-3:]), "it said nothing that can be told")
