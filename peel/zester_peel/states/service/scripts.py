"""Init scripts, which OpenRC and System V share."""

from __future__ import annotations

from zester.errors import HostError, StateError
from zester_peel.host.protocol import Host, HostReader

FOLDER = "/etc/init.d"
QUICK = 60.0


def script_name(name: str) -> str:
    """Return the script of a service; raises StateError when it cannot be one."""
    name = name.removesuffix(".service")
    if name.startswith("-"):
        raise StateError(f"{name!r} cannot be the name of an init script")
    return name


async def has_script(host: HostReader, name: str) -> bool:
    found = await host.stat(f"{FOLDER}/{name}", follow=True)
    return found is not None and found.kind == "file" and bool(found.mode & 0o111)


async def script_names(host: HostReader) -> tuple[str, ...]:
    try:
        return await host.listdir(FOLDER)
    except HostError:
        return ()


async def must(host: Host, argv: tuple[str, ...], *, timeout: float = QUICK) -> None:
    """Run a command that has to succeed; raises StateError with what it said."""
    done = await host.run(argv, timeout=timeout)
    if done.returncode:
        said = done.stderr.strip() or done.stdout.strip()
        last = said.rpartition("\n")[2].strip() or f"exit code {done.returncode}"
        raise StateError(f"{' '.join(argv[:3])} failed: {last}")
