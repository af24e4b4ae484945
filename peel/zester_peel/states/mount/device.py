"""What a device means: which mounts are mounts of it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable

from zester_peel.host.protocol import HostReader
from zester_peel.states.mount.table import Mount

_TAGS = {
    "UUID": "/dev/disk/by-uuid",
    "LABEL": "/dev/disk/by-label",
    "PARTUUID": "/dev/disk/by-partuuid",
    "PARTLABEL": "/dev/disk/by-partlabel",
    "ID": "/dev/disk/by-id",
}
_FUSE = re.compile(r"\w+#(?P<device>.+)")
_SAFE = re.compile(r"[^\w#+.:=@/-]", re.ASCII)
_MAX_STEPS = 256


async def resolved(host: HostReader, path: str) -> str:
    """Return a path with every link followed; what is missing stays as it is written."""
    pending = path.split("/")[::-1]
    real = ""
    for _ in range(_MAX_STEPS):
        if not pending:
            break
        part = pending.pop()
        if part in ("", "."):
            continue
        if part == "..":
            real = posixpath.dirname(real).rstrip("/")
            continue
        found = await host.stat(f"{real}/{part}")
        if found is None or found.target is None:
            real = f"{real}/{part}"
            continue
        if found.target.startswith("/"):
            real = ""
        pending.extend(found.target.split("/")[::-1])
    return real or "/"


def seen_at(table: Iterable[Mount], point: str) -> Mount | None:
    """Return the mount that is seen at a mount point."""
    return next((mount for mount in reversed(tuple(table)) if mount.point == point), None)


def is_bind(options: Iterable[str]) -> bool:
    """Whether a folder is to be shown in another place."""
    return not {"bind", "rbind"}.isdisjoint(options)


async def is_mount_of(
    host: HostReader, mount: Mount, device: str, options: Iterable[str], table: tuple[Mount, ...]
) -> bool:
    """Whether this is what mounting the device with these options gives."""
    if is_bind(options):
        return await _is_bind_of(host, mount, device, table)
    plain = await _plain(host, device)
    if plain == mount.source or plain.rstrip("/") == mount.source.rstrip("/"):
        return True
    if not mount.source.startswith("/"):
        return False
    source = await resolved(host, mount.source)
    return source == plain or await _backing(host, source) == plain


async def _is_bind_of(
    host: HostReader, mount: Mount, device: str, table: tuple[Mount, ...]
) -> bool:
    """Compare file system and folder in it, which a bind mount shares with its origin."""
    origin = await resolved(host, device)
    # what is mounted on the origin after this one was made is not what it shows
    for above in (each for each in reversed(table) if _below(origin, each.point)):
        rest = origin if above.point == "/" else origin[len(above.point) :]
        root = posixpath.normpath(f"{above.root}/{rest}").replace("//", "/")
        if above.device == mount.device and root == mount.root:
            return True
    return False


async def _plain(host: HostReader, device: str) -> str:
    """Return the path, or the name, that the kernel's table may show."""
    fuse = _FUSE.fullmatch(device)
    if fuse is not None:
        return fuse["device"]
    tag, equals, value = device.partition("=")
    if equals and tag.upper() in _TAGS:
        value = value.strip('"')
        if tag.upper() == "UUID":
            value = value if await _exists(host, f"/dev/disk/by-uuid/{value}") else value.lower()
        name = _SAFE.sub(lambda found: "".join(f"\\x{b:02x}" for b in found[0].encode()), value)
        link = f"{_TAGS[tag.upper()]}/{name}"
        if "/" not in name and await _exists(host, link):
            return await resolved(host, link)
        found = await host.probe(("blkid", "-o", "device", "-t", f"{tag.upper()}={value}"))
        return found.stdout.partition("\n")[0] or device
    return await resolved(host, device) if device.startswith("/") else device


async def _exists(host: HostReader, path: str) -> bool:
    return await host.stat(path) is not None


async def _backing(host: HostReader, source: str) -> str | None:
    """Return the file behind a loop device."""
    name = source.removeprefix("/dev/")
    if not re.fullmatch(r"loop\d+", name):
        return None
    path = f"/sys/block/{name}/loop/backing_file"
    if not await _exists(host, path):
        return None
    return (await host.read(path, limit=8192)).decode("utf-8", "surrogateescape").rstrip("\n")


def _below(path: str, point: str) -> bool:
    return path == point or path.startswith(point.rstrip("/") + "/")
