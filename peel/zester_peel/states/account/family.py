"""The states of users and groups, which share what they know of the machine's databases."""

from __future__ import annotations

from typing import Any

from zester_peel.engine.state import State
from zester_peel.states.account.database import AccountFiles
from zester_peel.states.account.group_absent import GroupAbsent
from zester_peel.states.account.group_present import GroupPresent
from zester_peel.states.account.user_absent import UserAbsent
from zester_peel.states.account.user_present import UserPresent


def account_states() -> tuple[State[Any, Any], ...]:
    """Return one of each."""
    files = AccountFiles()
    return (GroupAbsent(files), GroupPresent(files), UserAbsent(files), UserPresent(files))
