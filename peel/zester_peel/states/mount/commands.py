"""The commands that mount, unmount and swap."""

from __future__ import annotations

from zester.errors import StateError
from zester_peel.host.protocol import CommandResult, Host
from zester_peel.states.mount.device import is_bind
from zester_peel.states.mount.spec import MountedSpec
from zester_peel.states.said import said

_TIMEOUT = 120.0  # seconds: a server may be slow to answer


async def mount(host: Host, spec: MountedSpec, point: str) -> None:
    """Mount it; raises StateError with what mount(8) says."""
    argv = ("mount", "-t", spec.fstype, *_options(spec.opts), "--", spec.device, point)
    done = await host.run(argv, timeout=_TIMEOUT, user=spec.user)
    _demand(done, f"cannot mount {spec.device} on {point}")


async def remount(host: Host, spec: MountedSpec, point: str) -> None:
    """Give the mount its options; raises StateError."""
    kept = tuple(each for each in spec.opts if each not in ("bind", "rbind", "remount"))
    options = ("remount", *(("bind",) if is_bind(spec.opts) else ()), *kept)
    argv = ("mount", "-t", spec.fstype, *_options(options), "--", spec.device, point)
    done = await host.run(argv, timeout=_TIMEOUT, user=spec.user)
    _demand(done, f"cannot remount {point}")


async def unmount(host: Host, point: str, *, user: str | None, insist: bool = False) -> None:
    """Unmount what is seen at the point; raises StateError.

    ``insist`` = when it is in use, take it out of the tree at once and let go of it later.
    """
    done = await host.run(("umount", "--", point), timeout=_TIMEOUT, user=user)
    if done.returncode and insist:
        done = await host.run(("umount", "-l", "--", point), timeout=_TIMEOUT, user=user)
    _demand(done, f"cannot unmount {point}")


async def swap_on(host: Host, device: str) -> None:
    """Swap to the device or file; raises StateError."""
    done = await host.run(("swapon", "--", device), timeout=_TIMEOUT)
    _demand(done, f"Swap {device} failed to activate")


def _options(options: tuple[str, ...]) -> tuple[str, ...]:
    return ("-o", ",".join(options)) if options else ()


def _demand(done: CommandResult, what: str) -> None:
    if done.returncode:
        told = said(done.stderr or done.stdout, f"exit code {done.returncode}")
        raise StateError(f"{what}: {told}")
