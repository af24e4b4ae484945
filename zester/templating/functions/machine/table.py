"""What templates may look at on the machine they are rendered on; nothing here changes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module

from zester.targeting.value import Value

_MODULES: Mapping[str, str] = {
    "cmd": "has_exec which which_bin",
    "environ": "get has_value item",
    "file": (
        "access contains contains_regex directory_exists file_exists get_gid get_group get_mode"
        " get_uid get_user gid_to_group group_to_gid is_link path_exists_glob readdir readlink"
        " stats uid_to_user user_to_uid"
    ),
    "group": "getent info",
    "user": "getent info list_groups list_users primary_group",
}


def _late(module: str, name: str) -> Callable[..., Value]:
    """Return a function whose module is imported when it is called."""

    def look(*args: Value, **kwargs: Value) -> Value:
        functions = vars(import_module(f"{__package__}.{module}"))
        return functions[name](*args, **kwargs)

    return look


MACHINE: Mapping[str, Callable[..., Value]] = {
    f"{module}.{name}": _late(module, name)
    for module, names in _MODULES.items()
    for name in names.split()
}
"""For ``Providers.machine`` where the machine rendered for is this one."""
