"""The table of state functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from zester_peel.engine.program import Registry
from zester_peel.engine.state import State

_PLACES: Mapping[str, str] = {
    "cmd.run": "cmd.run:Run",
    "cmd.script": "cmd.script:Script",
    "cmd.wait": "cmd.run:Wait",
    "cmd.wait_script": "cmd.script:WaitScript",
    "cron.absent": "cron.family:cron_states",
    "cron.env_absent": "cron.family:cron_states",
    "cron.env_present": "cron.family:cron_states",
    "cron.file": "cron.family:cron_states",
    "cron.present": "cron.family:cron_states",
    "file.absent": "file.absent:Absent",
    "file.accumulated": "file.edit.accumulated:Accumulated",
    "file.append": "file.edit.append:Append",
    "file.blockreplace": "file.edit.blockreplace:Blockreplace",
    "file.comment": "file.edit.comment:Comment",
    "file.copy": "file.transfer.copy:Copy",
    "file.decode": "file.data.decode:Decode",
    "file.directory": "file.directory:Directory",
    "file.exists": "file.edit.presence:Exists",
    "file.hardlink": "file.transfer.hardlink:Hardlink",
    "file.keyvalue": "file.edit.keyvalue:Keyvalue",
    "file.line": "file.edit.line:Line",
    "file.managed": "file.managed:Managed",
    "file.missing": "file.edit.presence:Missing",
    "file.prepend": "file.edit.append:Prepend",
    "file.recurse": "file.tree.recurse:Recurse",
    "file.rename": "file.transfer.rename:Rename",
    "file.replace": "file.edit.replace:Replace",
    "file.serialize": "file.data.serialize:Serialize",
    "file.symlink": "file.symlink:Symlink",
    "file.tidied": "file.tree.tidied:Tidied",
    "file.touch": "file.edit.touch:Touch",
    "file.uncomment": "file.edit.comment:Uncomment",
    "group.absent": "account.family:account_states",
    "group.present": "account.family:account_states",
    "mount.fstab_absent": "mount.fstab_entry:FstabAbsent",
    "mount.fstab_present": "mount.fstab_entry:FstabPresent",
    "mount.mounted": "mount.mounted:Mounted",
    "mount.swap": "mount.swap:Swap",
    "mount.unmounted": "mount.unmounted:Unmounted",
    "pkg.held": "pkgrepo.family:packaging_states",
    "pkg.installed": "pkgrepo.family:packaging_states",
    "pkg.latest": "pkgrepo.family:packaging_states",
    "pkg.purged": "pkgrepo.family:packaging_states",
    "pkg.removed": "pkgrepo.family:packaging_states",
    "pkg.unheld": "pkgrepo.family:packaging_states",
    "pkg.uptodate": "pkgrepo.family:packaging_states",
    "pkgrepo.absent": "pkgrepo.family:packaging_states",
    "pkgrepo.managed": "pkgrepo.family:packaging_states",
    "service.dead": "service.family:service_states",
    "service.disabled": "service.family:service_states",
    "service.enabled": "service.family:service_states",
    "service.masked": "service.family:service_states",
    "service.running": "service.family:service_states",
    "service.unmasked": "service.family:service_states",
    "sysctl.present": "sysctl:Present",
    "test.check_pillar": "check_pillar:CheckPillar",
    "test.configurable_test_state": "test:ConfigurableTestState",
    "test.fail_with_changes": "test:FailWithChanges",
    "test.fail_without_changes": "test:FailWithoutChanges",
    "test.nop": "test:Nop",
    "test.show_notification": "test:ShowNotification",
    "test.succeed_with_changes": "test:SucceedWithChanges",
    "test.succeed_without_changes": "test:SucceedWithoutChanges",
    "user.absent": "account.family:account_states",
    "user.present": "account.family:account_states",
}
"""Module below this folder and what to call in it: a class, or a function that returns the states
of a family that share something."""


class Families(Mapping[str, State[Any, Any]]):
    """State functions by name, imported when a tree asks for them: most trees need a few."""

    def __init__(self, places: Mapping[str, str]) -> None:
        self._places = places
        self._made: dict[str, State[Any, Any]] = {}

    def __getitem__(self, function: str) -> State[Any, Any]:
        if function not in self._made:
            module, _, name = self._places[function].partition(":")
            made = getattr(import_module(f"{__package__}.{module}"), name)()
            for state in made if isinstance(made, tuple) else (made,):
                self._made.setdefault(state.function, state)
        return self._made[function]

    def __contains__(self, function: object) -> bool:
        return function in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


REGISTRY: Registry = Families(_PLACES)
"""Every state function by its name."""
