"""Whoever has only kubectl sees a cluster."""

from __future__ import annotations

import json

import pytest

from kubernetes.contract.conftest import Place
from support.kubernetes.client import Client
from support.kubernetes.gadget import gadget
from support.kubernetes.kubectl import Kubectl

pytestmark = [pytest.mark.anyio, pytest.mark.e2e]


async def test_get_shows_columns_and_more_of_them_when_wide(
    client: Client, place: Place, kubectl: Kubectl
) -> None:
    await client.create(place.all, gadget("one", mode="on"))
    ready = {"conditions": [{"type": "Ready", "status": "True"}]}
    await client.merge(place.status("one"), {"status": ready})

    short = await kubectl("get", "gdg", "-n", place.namespace)
    wide = await kubectl("get", "gadgets", "-n", place.namespace, "-o", "wide")
    category = await kubectl("get", "contract", "-n", place.namespace, "-o", "name")

    head, row = (line.split() for line in short.stdout.splitlines())
    assert head == ["NAME", "SIZE", "READY", "AGE"]
    assert row[:3] == ["one", "3", "True"]
    assert wide.stdout.split()[:5] == ["NAME", "SIZE", "READY", "MODE", "AGE"]
    assert category.stdout == "gadget.contract.zester.dev/one\n"


async def test_get_prints_objects_and_selects(
    client: Client, place: Place, kubectl: Kubectl
) -> None:
    await client.create(place.all, gadget("one", {"labels": {"a": "b"}}, text="x"))
    await client.create(place.all, gadget("two"))

    one = await kubectl.json("get", "gadget", "one", "-n", place.namespace)
    labelled = await kubectl("get", "gdg", "-n", place.namespace, "-l", "a=b", "-o", "name")
    path = await kubectl(
        *("get", "gdg", "one", "-n", place.namespace, "-o", "jsonpath={.spec.text}")
    )
    missing = await kubectl("get", "gdg", "three", "-n", place.namespace, code=1)
    everywhere = await kubectl("get", "gdg", "-A")

    assert one["spec"] == {"text": "x", "size": 3}
    assert labelled.stdout == "gadget.contract.zester.dev/one\n"
    assert path.stdout == "x"
    assert '(NotFound): gadgets.contract.zester.dev "three" not found' in missing.stderr
    assert place.namespace in everywhere.stdout


async def test_apply_creates_changes_and_takes_away(
    client: Client, place: Place, kubectl: Kubectl
) -> None:
    first = json.dumps(gadget("one", text="a", mode="on"))
    second = json.dumps(gadget("one", text="b"))

    made = await kubectl("apply", "-n", place.namespace, "-f", "-", stdin=first)
    changed = await kubectl("apply", "-n", place.namespace, "-f", "-", stdin=second)
    same = await kubectl("apply", "-n", place.namespace, "-f", "-", stdin=second)

    assert made.stdout == "gadget.contract.zester.dev/one created\n"
    assert changed.stdout == "gadget.contract.zester.dev/one configured\n"
    assert same.stdout == "gadget.contract.zester.dev/one unchanged\n"
    assert (await client.get(place.one("one"))).body["spec"] == {"text": "b", "size": 3}


async def test_apply_on_the_servers_side_tells_of_conflicts(
    client: Client, place: Place, kubectl: Kubectl
) -> None:
    await client.apply(place.one("one"), gadget("one", text="a"), manager="us")
    body = json.dumps(gadget("one", text="b"))
    apply = ("apply", "--server-side", "-n", place.namespace, "-f", "-")

    refused = await kubectl(*apply, stdin=body, code=None)
    forced = await kubectl(*apply, "--force-conflicts", stdin=body)

    assert refused.returncode != 0
    assert 'conflict with "us"' in refused.stderr
    assert forced.stdout == "gadget.contract.zester.dev/one serverside-applied\n"


async def test_apply_refuses_unknown_fields_and_wrong_values(
    place: Place, kubectl: Kubectl
) -> None:
    apply = ("apply", "-n", place.namespace, "-f", "-")

    unknown = await kubectl(*apply, stdin=json.dumps(gadget("one", strange=1)), code=1)
    wrong = await kubectl(*apply, stdin=json.dumps(gadget("one", mode="half")), code=1)

    assert 'unknown field "spec.strange"' in unknown.stderr
    assert "spec.mode" in wrong.stderr
    assert "is invalid" in wrong.stderr


async def test_apply_merges_built_in_kinds(client: Client, place: Place, kubectl: Kubectl) -> None:
    def config_map(**data: str) -> str:
        return json.dumps(
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}, "data": data}
        )

    await kubectl("apply", "-n", place.namespace, "-f", "-", stdin=config_map(a="1", b="2"))
    await kubectl("apply", "-n", place.namespace, "-f", "-", stdin=config_map(a="3"))

    answer = await client.get(place.core("configmaps", "one"))
    assert answer.body["data"] == {"a": "3"}


@pytest.mark.parametrize(
    ("how", "patch"),
    [
        ("merge", {"spec": {"text": "b"}}),
        ("json", [{"op": "replace", "path": "/spec/text", "value": "b"}]),
    ],
)
async def test_patch_changes_an_object(
    client: Client, place: Place, kubectl: Kubectl, how: str, patch: object
) -> None:
    await client.create(place.all, gadget("one", text="a"))

    done = await kubectl(
        *("patch", "gdg", "one", "-n", place.namespace),
        *("--type", how, "-p", json.dumps(patch)),
    )

    assert done.stdout == "gadget.contract.zester.dev/one patched\n"
    assert (await client.get(place.one("one"))).body["spec"]["text"] == "b"


async def test_patch_reaches_the_status(client: Client, place: Place, kubectl: Kubectl) -> None:
    await client.create(place.all, gadget("one", text="a"))

    await kubectl(
        *("patch", "gdg", "one", "-n", place.namespace, "--subresource=status"),
        *("--type=merge", "-p", json.dumps({"status": {"seen": "me"}})),
    )

    assert (await client.get(place.one("one"))).body["status"]["seen"] == "me"


async def test_create_label_annotate_and_describe_work(
    client: Client, place: Place, kubectl: Kubectl
) -> None:
    space = ("-n", place.namespace)
    await kubectl("create", *space, "-f", "-", stdin=json.dumps(gadget("one", text="a")))
    await kubectl("label", *space, "gdg", "one", "a=b")
    await kubectl("annotate", *space, "gdg", "one", "c=d")
    told = await kubectl("describe", *space, "gdg", "one")
    explained = await kubectl("explain", "gadget.spec.size")

    metadata = (await client.get(place.one("one"))).metadata
    assert metadata["labels"] == {"a": "b"}
    assert metadata["annotations"]["c"] == "d"
    assert "Labels:       a=b" in told.stdout
    assert "integer" in explained.stdout


async def test_create_makes_built_in_objects_from_arguments(
    client: Client, place: Place, kubectl: Kubectl
) -> None:
    space = ("-n", place.namespace)
    await kubectl("create", *space, "configmap", "one", "--from-literal=a=b")
    await kubectl("create", *space, "secret", "generic", "one", "--from-literal=a=b")
    await kubectl("create", *space, "serviceaccount", "one")
    await kubectl("create", *space, "role", "one", "--verb=get,list", "--resource=gdg")
    await kubectl(
        *("create", *space, "rolebinding", "one", "--role=one"),
        f"--serviceaccount={place.namespace}:one",
    )

    assert (await client.get(place.core("configmaps", "one"))).body["data"] == {"a": "b"}
    secret = (await client.get(place.core("secrets", "one"))).body
    assert (secret["data"], secret["type"]) == ({"a": "Yg=="}, "Opaque")
    assert (await client.get(place.core("serviceaccounts", "one"))).code == 200
    rights = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{place.namespace}"
    role = await client.get(f"{rights}/roles/one")
    assert role.body["rules"] == [
        {"apiGroups": ["contract.zester.dev"], "resources": ["gadgets"], "verbs": ["get", "list"]}
    ]
    binding = await client.get(f"{rights}/rolebindings/one")
    assert binding.body["subjects"] == [
        {"kind": "ServiceAccount", "name": "one", "namespace": place.namespace}
    ]


async def test_can_i_and_whoami_answer(place: Place, kubectl: Kubectl) -> None:
    can = await kubectl("auth", "can-i", "delete", "gdg", "-n", place.namespace)

    assert can.stdout == "yes\n"
    assert "kubernetes-admin" in (await kubectl("auth", "whoami")).stdout


async def test_diff_shows_what_would_change(client: Client, place: Place, kubectl: Kubectl) -> None:
    await client.create(place.all, gadget("one", text="a"))

    done = await kubectl(
        *("diff", "-n", place.namespace, "-f", "-"),
        stdin=json.dumps(gadget("one", text="b")),
        code=1,
    )

    assert "-  text: a" in done.stdout
    assert "+  text: b" in done.stdout
    assert (await client.get(place.one("one"))).body["spec"]["text"] == "a"


async def test_api_resources_names_the_kind(place: Place, kubectl: Kubectl) -> None:
    done = await kubectl("api-resources", "--api-group=contract.zester.dev")

    assert "gadgets" in done.stdout
    assert "gdg" in done.stdout
