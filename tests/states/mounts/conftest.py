"""A machine with an fstab, nothing mounted on its ``/mnt``."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.machines.pretending_host import FSTAB, MOUNTINFO, Call, PretendingHost
from zester_peel.engine.converge import Engine
from zester_peel.engine.outcome import Outcome
from zester_peel.states.registry import REGISTRY


@pytest.fixture
def host(root: Path) -> PretendingHost:
    for name, text in {
        "etc/fstab": FSTAB,
        "proc/self/mountinfo": MOUNTINFO,
        "proc/swaps": "Filename Type Size Used Priority\n",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / "mnt").mkdir()
    return PretendingHost(root)


@pytest.fixture
def engine(host: PretendingHost, tree: object) -> Engine:
    return Engine(host, REGISTRY, tree)  # type: ignore[arg-type] # the Tree of conftest, which tests cannot import


@pytest.fixture
def settle(call: Call, root: Path) -> Call:
    """Predict, apply, apply again; the three agree and test mode changes nothing."""

    async def run(function: str, name: str, **args: object) -> Outcome:
        before = (root / "etc/fstab").read_bytes()
        predicted = await call(function, name, test=True, **args)
        assert (root / "etc/fstab").read_bytes() == before
        applied = await call(function, name, **args)
        assert applied.changes == predicted.changes, applied.comment
        if applied.result:
            again = await call(function, name, **args)
            assert (again.result, again.changes) == (True, {}), again.comment
        return applied

    return run
