"""What a job answers holds nothing of the settings of the peel that answers."""

from __future__ import annotations

import json

import pytest

from support.operators import MakeJobPeel, Zester
from zester.targeting.node import NodeView
from zester.telemetry.redaction.redactor import MARK

pytestmark = pytest.mark.anyio

SECRET = "Tr0ub4dor-and-3-horses"  # noqa: S105 - of nobody


async def test_no_answer_holds_a_secret(zester: Zester, job_peel: MakeJobPeel) -> None:
    node = NodeView("a", settings={"db": {"password": SECRET, "port": 5432}})
    async with job_peel(node) as peel:
        peel.vault.hold([SECRET])
        shown = await zester("a", "settings.items", "-o", "json")
        assert SECRET not in shown.stdout + shown.stderr
        assert json.loads(shown.stdout)[0]["value"] == {"db": {"password": MARK, "port": 5432}}
        script = f"echo {SECRET[:4]}{SECRET[4:]} | base64; printf {SECRET[::-1]} | rev >&2; exit 3"
        told = await zester("a", "cmd.run_all", script, "-o", "json")
        assert SECRET not in told.stdout + told.stderr
        assert json.loads(told.stdout)[0]["value"]["stderr"].strip() == MARK
