"""The targets of the fuzzer still work, and stand a few thousand edits without it."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest

from fuzz.targets import TARGETS
from zester.errors import ZesterError

EDITS = 400


@pytest.mark.parametrize("name", TARGETS)
def test_what_strangers_send_is_refused_or_harmless(name: str) -> None:
    target, chance = TARGETS[name], random.Random(name)  # noqa: S311 - the same edits each time
    for seed in target.seeds:
        for _ in range(EDITS):
            data = bytearray(seed)
            for _ in range(chance.randint(1, 3)):
                place = chance.randint(0, len(data))
                data[place : place + chance.randint(0, 4)] = chance.randbytes(chance.randint(0, 4))
            with suppress(ZesterError):
                target.read(bytes(data))


@pytest.mark.parametrize("name", ["envelope", "bundle", "token", "credentials", "request", "head"])
def test_what_is_right_is_read(name: str) -> None:
    for seed in TARGETS[name].seeds:
        TARGETS[name].read(seed)
