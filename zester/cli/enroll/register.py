"""The enrolments as an operator sees and changes them."""

from __future__ import annotations

from typing import Self

from zester.bus.enrollment.register import Change, EnrollmentRegister, Line
from zester.bus.link.connection import Bus
from zester.cli.console.context import Context, author
from zester.resources.enrollment.enrollment import Enrollment
from zester.trust.tiers import Tier

__all__ = ["Line", "Register"]


class Register(EnrollmentRegister):
    """Changes are made in the name of whoever is at the keyboard."""

    @classmethod
    async def open(cls, bus: Bus, context: Context) -> Self:
        """Open as an operator; raises SettingsError, Untrusted."""
        verifier = await context.verifier(bus)
        return cls(bus, context.signer(Tier.OPERATOR), verifier)

    async def change(self, node: str, change: Change, *, by: str = "") -> Enrollment:
        return await super().change(node, change, by=by or author())
