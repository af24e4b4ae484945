"""Named conditions that must hold before a process counts as ready."""

from __future__ import annotations

from zester.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One condition; ``message`` says why, without secrets."""

    ok: bool
    message: str = ""


class Checks:
    """The conditions of one process; a name given at the start fails until it is first set."""

    def __init__(self, *names: str) -> None:
        self._checks = {name: Check(ok=False, message="not known yet") for name in names}

    def set(self, name: str, ok: bool, message: str = "") -> None:
        """Say whether a condition holds now."""
        self._checks[name] = Check(ok=ok, message=message)

    @property
    def ready(self) -> bool:
        """True when there is a condition and none fails."""
        return bool(self._checks) and all(check.ok for check in self._checks.values())

    def states(self) -> dict[str, Check]:
        """Return the conditions by name."""
        return dict(self._checks)
