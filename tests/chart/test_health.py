"""What Argo CD and Flux make of an object, with the checks that come as examples."""

from __future__ import annotations

from typing import Any

import cel
import lupa
import pytest
import yaml

from support.chart.release import CHART
from support.kubernetes.objects.json_value import Json

TOOLS = CHART.parents[1] / "examples/kubernetes/tools"
GENERATION = 3


def read(name: str) -> Json:
    found: Json = yaml.safe_load((TOOLS / name).read_text(encoding="utf-8"))
    return found


LUA = yaml.safe_load(read("argocd-health.yaml")["data"]["resource.customizations"])
FLUX = {each["kind"]: each for each in read("flux-health.yaml")["spec"]["healthCheckExprs"]}


def thing(kind: str, *conditions: str, seen: int | None = GENERATION) -> Json:
    """Return an object; a condition is ``Type=Status`` or ``Type=Status/Reason``."""
    listed = []
    for each in conditions:
        type_, _, rest = each.partition("=")
        state, _, reason = rest.partition("/")
        listed.append({"type": type_, "status": state, "reason": reason or "Why", "message": type_})
    status: Json = {"conditions": listed} if listed else {}
    if seen is not None:
        status["observedGeneration"] = seen
    return {
        "apiVersion": "zester.dev/v1alpha1",
        "kind": kind,
        "metadata": {"name": "web", "generation": GENERATION},
        "spec": {},
        "status": status,
    }


def argo(body: Json) -> tuple[str, str]:
    """Run the check as Argo CD does: without libraries of the system."""
    lua = lupa.LuaRuntime(register_eval=False, unpack_returned_tuples=True)
    lua.execute("os, io, package, require, python = nil, nil, nil, nil, nil")
    check = lua.execute(f"return function(obj) {LUA['zester.dev/*']['health.lua']}\nend")
    found = check(lua.table_from(body, recursive=True))
    return found["status"], found["message"]


def flux(body: Json) -> str:
    """Evaluate the expressions in the order of Flux."""
    check = FLUX[body["kind"]]
    for name, result in (
        ("inProgress", "InProgress"),
        ("failed", "Failed"),
        ("current", "Current"),
    ):
        if evaluate(check[name], body):
            return result
    return "InProgress"


def evaluate(text: str, body: Json) -> bool:
    context = cel.Context()
    for name in ("metadata", "spec", "status"):
        context.add_variable(name, body[name])
    found: Any = cel.evaluate(text, context)
    assert isinstance(found, bool), text
    return found


CASES = [
    (thing("StateTree", seen=None), "Progressing", "InProgress"),
    (thing("StateTree", seen=-1), "Progressing", "InProgress"),
    (thing("StateTree", "Ready=True", seen=GENERATION - 1), "Progressing", "InProgress"),
    (thing("StateTree", "Ready=True/Converged"), "Healthy", "Current"),
    (
        thing("StateTree", "Ready=False/Progressing", "Reconciling=True"),
        *("Progressing", "InProgress"),
    ),
    (thing("StateTree", "Ready=False/RenderFailed", "Stalled=True"), "Degraded", "Failed"),
    (thing("StateTree", "Ready=False/PeelsFailed"), "Degraded", "Failed"),
    (thing("TopAssignment", "Ready=Unknown/PeelsSilent"), "Progressing", "InProgress"),
    (thing("Settings", "Ready=True", "Suspended=True"), "Suspended", "Current"),
    (thing("GitSource", "Ready=False/NotServed"), "Degraded", "Failed"),
    (thing("Command", "Running=True"), "Progressing", "InProgress"),
    (thing("Command", "Succeeded=True", "Running=False"), "Healthy", "Current"),
    (thing("Command", "Succeeded=False/PeelsFailed"), "Degraded", "Failed"),
    (thing("Rollout", "Succeeded=Unknown"), "Progressing", "InProgress"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]['kind']} {case[0]['status']}")
def test_tools_see_an_object_as_it_is(case: tuple[Json, str, str]) -> None:
    body, health, state = case
    assert argo(body)[0] == health
    assert flux(body) == state


def test_argo_shows_the_message_of_what_counts() -> None:
    assert argo(thing("StateTree", "Ready=False/X", "Stalled=True")) == ("Degraded", "Stalled")


def test_argo_waits_for_who_approves() -> None:
    assert argo(thing("Enrollment"))[0] == "Suspended"
    assert argo(thing("Enrollment", "Issued=True"))[0] == "Healthy"
    assert argo(thing("Enrollment", "Denied=True"))[0] == "Healthy"


def test_flux_knows_the_version_that_is_served() -> None:
    from zester.resources.kubernetes.names import API_VERSION
    from zester.resources.kubernetes.registry import CUSTOM_KINDS

    assert {each["apiVersion"] for each in FLUX.values()} == {API_VERSION}
    assert set(FLUX) <= {kind.name for kind in CUSTOM_KINDS}
