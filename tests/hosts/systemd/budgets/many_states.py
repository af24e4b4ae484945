"""Many states of all families that a host can converge and keep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_SHARES = (
    ("files", 400),
    ("folders", 100),
    ("links", 100),
    ("texts", 100),
    ("services", 100),
    ("packages", 60),
    ("groups", 40),
    ("users", 20),
    ("jobs", 30),
    ("values", 10),
)


def many_states(number: int, installed: Sequence[str]) -> dict[str, Any]:
    """Return so many states; those of packages are satisfied by what is installed."""
    made: dict[str, Any] = {}
    for kind, share in _SHARES:
        for place in range(share):
            name, function, args = _state(kind, place, installed)
            made[f"{kind}-{place}"] = {function: [{"name": name}, *({k: args[k]} for k in args)]}
    spare = number - len(made)
    assert spare >= 0, f"there are {len(made)} states of all kinds"
    for place in range(spare):
        made[f"more-{place}"] = {
            "file.managed": [{"name": f"/srv/more/f{place}"}, {"contents": "x"}, {"makedirs": True}]
        }
    return made


def _state(kind: str, place: int, installed: Sequence[str]) -> tuple[str, str, dict[str, Any]]:
    folder = f"/srv/many/d{place % 100}"
    match kind:
        case "files":
            args = {"contents": f"{{{{ grains.id }}}} {place}", "makedirs": True}
            return f"{folder}/f{place}", "file.managed", args
        case "folders":
            return folder, "file.directory", {"mode": "0755", "makedirs": True}
        case "links":
            return f"{folder}/link", "file.symlink", {"target": f"{folder}/f{place}"}
        case "texts":
            return f"{folder}/notes", "file.append", {"text": f"more {place}", "makedirs": True}
        case "services":
            return f"none-{place}", "service.dead", {}
        case "packages":
            return installed[place], "pkg.installed", {}
        case "groups":
            return f"group{place}", "group.present", {"gid": 4000 + place}
        case "users":
            return f"user{place}", "user.present", {"uid": 5000 + place, "createhome": False}
        case "jobs":
            return f"echo {place}", "cron.present", {"minute": str(place), "identifier": str(place)}
        case _:
            keys = "accept_source_route log_martians rp_filter send_redirects shared_media"
            key = keys.split()[place % 5]
            where = ("lo", "default")[place // 5]
            return f"net.ipv4.conf.{where}.{key}", "sysctl.present", {"value": 1}
