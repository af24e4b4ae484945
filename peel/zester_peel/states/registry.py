"""The table of state functions."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from zester_peel.engine.program import Registry
from zester_peel.engine.state import State
from zester_peel.states import test
from zester_peel.states.account.database import AccountFiles
from zester_peel.states.account.group_absent import GroupAbsent
from zester_peel.states.account.group_present import GroupPresent
from zester_peel.states.account.user_absent import UserAbsent
from zester_peel.states.account.user_present import UserPresent
from zester_peel.states.cmd.run import Run, Wait
from zester_peel.states.cmd.script import Script, WaitScript
from zester_peel.states.cron.family import cron_states
from zester_peel.states.file.absent import Absent
from zester_peel.states.file.data.decode import Decode
from zester_peel.states.file.data.serialize import Serialize
from zester_peel.states.file.directory import Directory
from zester_peel.states.file.edit.accumulated import Accumulated
from zester_peel.states.file.edit.append import Append, Prepend
from zester_peel.states.file.edit.blockreplace import Blockreplace
from zester_peel.states.file.edit.comment import Comment, Uncomment
from zester_peel.states.file.edit.keyvalue import Keyvalue
from zester_peel.states.file.edit.line import Line
from zester_peel.states.file.edit.presence import Exists, Missing
from zester_peel.states.file.edit.replace import Replace
from zester_peel.states.file.edit.touch import Touch
from zester_peel.states.file.managed import Managed
from zester_peel.states.file.symlink import Symlink
from zester_peel.states.file.transfer.copy import Copy
from zester_peel.states.file.transfer.hardlink import Hardlink
from zester_peel.states.file.transfer.rename import Rename
from zester_peel.states.file.tree.recurse import Recurse
from zester_peel.states.file.tree.tidied import Tidied
from zester_peel.states.pkg.family import package_states
from zester_peel.states.pkg.manager import Manager
from zester_peel.states.pkgrepo.family import repository_states
from zester_peel.states.service.family import service_states

_ACCOUNTS = AccountFiles()
_PACKAGES = Manager()
_STATES: tuple[State[Any, Any], ...] = (
    Run(),
    Script(),
    Wait(),
    WaitScript(),
    *cron_states(),
    Absent(),
    Accumulated(),
    Append(),
    Blockreplace(),
    Comment(),
    Copy(),
    Decode(),
    Directory(),
    Exists(),
    Hardlink(),
    Keyvalue(),
    Line(),
    Managed(),
    Missing(),
    Prepend(),
    Recurse(),
    Rename(),
    Replace(),
    Serialize(),
    Symlink(),
    Tidied(),
    Touch(),
    Uncomment(),
    *service_states(),
    GroupAbsent(_ACCOUNTS),
    GroupPresent(_ACCOUNTS),
    UserAbsent(_ACCOUNTS),
    UserPresent(_ACCOUNTS),
    *package_states(_PACKAGES),
    *repository_states(_PACKAGES),
    test.ConfigurableTestState(),
    test.FailWithChanges(),
    test.FailWithoutChanges(),
    test.Nop(),
    test.ShowNotification(),
    test.SucceedWithChanges(),
    test.SucceedWithoutChanges(),
)

REGISTRY: Registry = MappingProxyType({state.function: state for state in _STATES})
"""Every state function by its name."""
