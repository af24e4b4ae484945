"""Results for programs have the keys that the documentation shows."""

from __future__ import annotations

import json
import re
from pathlib import Path

from zester.cli.fleet.dispatch import Outcome
from zester.cli.fleet.shown import document, grouped
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


def test_the_same_states_in_another_order_are_the_same_result() -> None:
    def returned(node: str, first: int) -> JobReturn:
        names = ("a", "b")
        value = {
            name: {
                "result": True,
                "changes": {},
                "comment": "",
                "__id__": name,
                "__run_num__": abs(first - number),
                "duration": first + number,
                "start_time": f"0{first}:00",
            }
            for number, name in enumerate(names)
        }
        return JobReturn(
            jid="20260131-120000-4ffaf7",
            node=node,
            who="alice",
            function="state.apply",
            status="done",
            value=value,
            started=1.0,
            duration=0.1,
        )

    groups = grouped([returned("x", 0), returned("y", 1), returned("z", 0)])
    assert [[each.node for each in group] for group in groups] == [["x", "y", "z"]]
