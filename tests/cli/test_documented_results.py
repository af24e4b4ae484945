"""Results for programs have the keys that the documentation shows."""

from __future__ import annotations

import json
import re
from pathlib import Path

from zester.cli.fleet.dispatch import Outcome
from zester.cli.fleet.shown import document
from zester.resources.jobs.job_return import JobReturn

DOCS = Path(__file__).parents[2] / "docs/commands.md"


def test_entries_have_the_documented_keys() -> None:
    found = re.search(r"```json\n(\[.*?\n\])\n```", DOCS.read_text(), re.DOTALL)
    assert found is not None
    documented = [list(entry) for entry in json.loads(found[1])]
    returned = JobReturn(
        jid="20260131-120000-4ffaf7",
        node="a",
        who="alice",
        function="test.ping",
        status="done",
        value=True,
        started=1.0,
        duration=0.1,
    )
    outcome = Outcome(returned.jid, {"a": returned}, frozenset({"b"}))
    assert [list(entry) for entry in document(outcome)] == documented
