"""What the mirror sends arrives as it is meant."""

from __future__ import annotations

import pytest

from support.kubernetes.mirrored import SPACE, Mirrored
from zester_controller.mirror.cluster.api import ClusterApi
from zester_controller.mirror.cluster.endpoint import endpoint_of

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "text", ["größer", "\0 \u2028 \x1b", "half of a pair: \ud83d", "byte: \udc80"]
)
async def test_a_message_arrives_whatever_is_in_it(cluster: Mirrored, text: str) -> None:
    involved = {"kind": "StateTree", "name": "web", "namespace": SPACE}
    event = {
        **{"apiVersion": "v1", "kind": "Event", "metadata": {"name": "one"}},
        **{"involvedObject": involved, "message": text},
    }
    async with ClusterApi.open(endpoint_of(cluster.api.kubeconfig(cluster.user), {})) as api:
        await api.post_event(SPACE, event)
        found = await api.get(f"/api/v1/namespaces/{SPACE}/events")
    assert found is not None
    assert [each["message"] for each in found["items"]] == [text]
