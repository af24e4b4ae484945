"""Who gives commands: somebody with an operator's credentials."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from zester.bus.link.connection import Bus
from zester.cli.console.context import Context, with_bus
from zester.dataclass import dataclass
from zester.errors import SettingsError
from zester.trust.envelope import Signer
from zester.trust.tiers import Tier
from zester.trust.verifier import Verifier

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody who is connected, can sign, and can judge what others signed."""

    bus: Bus
    signer: Signer
    verifier: Verifier


def with_operator(
    context: Context, work: Callable[[Operator], Awaitable[T]], tier: Tier = Tier.OPERATOR
) -> T:
    """Connect as an operator, run ``work``, disconnect; raises what it raises, SettingsError."""
    signer = context.signer(tier)

    async def run(bus: Bus) -> T:
        verifier = await context.verifier(bus)
        if signer is None or verifier is None:
            raise SettingsError(
                "this server has no trust: nobody could tell who gives a command",
                hint="`zester dev up` and `zester trust init` make one that has",
            )
        return await work(Operator(bus, signer, verifier))

    return with_bus(context, run, (tier,))
