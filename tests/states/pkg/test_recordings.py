"""What real package managers answered, and that we ask what was asked then.

``tests/hosts/systemd/managers`` asks the real ones again.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from support.machines.package_story import RECORDED, Step, ask, load
from support.machines.recorded_host import RecordedHost
from zester_peel.host.protocol import CommandResult

pytestmark = pytest.mark.anyio

STEPS = [
    pytest.param(name, step, id=f"{name}-{number}-{step.ask}")
    for name in RECORDED
    for number, step in enumerate(load(name).steps)
    if step.ask != "sh"
]


@pytest.mark.parametrize(("name", "step"), STEPS)
async def test_a_recorded_answer_is_understood(name: str, step: Step, tmp_path: Path) -> None:
    host = RecordedHost(tmp_path)
    for path, text in step.files.items():
        file = tmp_path / path.strip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    said = {
        each.argv: CommandResult(each.argv, each.code, each.out, each.err) for each in step.said
    }
    host.answers[()] = lambda argv: said[argv]

    assert await ask(name, host, step) == step.gave
    assert host.calls == [each.argv for each in step.said]
