"""The workshop's own process: reads orders, writes answers, ends when nobody can ask any more."""

from __future__ import annotations

import os
import pickle
import sys
from typing import BinaryIO

from zester.errors import ZesterError
from zester.telemetry.redaction.crashes import conceal_crashes
from zester_peel.agent.secrecy.dumps import refuse_dumps
from zester_peel.agent.workshop.craft import Craft
from zester_peel.host.processes.framing import read_message, write_message


def main() -> None:
    """Carry out orders until there are no more."""
    orders, answers = _channels()
    craft = Craft()
    conceal_crashes(craft.vault)
    refuse_dumps()
    while (message := read_message(orders)) is not None:
        try:
            order = pickle.loads(message)  # noqa: S301 - from the agent that has started us
            answer: object = craft.carry_out(order)
        except ZesterError as error:
            answer = error
        write_message(answers, pickle.dumps(answer, protocol=pickle.HIGHEST_PROTOCOL))


def _channels() -> tuple[BinaryIO, BinaryIO]:
    """Keep the channels from whatever code of a tree prints or reads."""
    orders, answers = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return os.fdopen(orders, "rb"), os.fdopen(answers, "wb")


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:  # the agent has gone, and nobody waits for the answer
        sys.exit(1)
