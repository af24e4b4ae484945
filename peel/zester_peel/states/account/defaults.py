"""What ``/etc/login.defs`` says about new accounts."""

from __future__ import annotations

from zester_peel.host.protocol import HostReader

_FILE = "/etc/login.defs"
_MAX_BYTES = 1024 * 1024
_HOME_MODE = 0o755


async def own_groups(host: HostReader) -> bool:
    """Tell whether each user has a group of its name."""
    return (await _setting(host, "USERGROUPS_ENAB")).lower() == "yes"


async def home_mode(host: HostReader) -> int:
    """Return the mode of a new home."""
    text = await _setting(host, "HOME_MODE")
    if text and set(text) <= set("01234567"):
        return int(text, 8) & 0o7777
    return _HOME_MODE


async def _setting(host: HostReader, name: str) -> str:
    """Return a setting, empty when there is none; the last one counts."""
    if await host.stat(_FILE, follow=True) is None:
        return ""
    data = await host.read(_FILE, limit=_MAX_BYTES)
    found = ""
    for line in data.decode("utf-8", "replace").splitlines():
        words = line.split()
        if len(words) > 1 and words[0] == name:
            found = words[1]
    return found
