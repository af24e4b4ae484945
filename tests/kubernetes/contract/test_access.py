"""Who is let in, and what roles allow."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest

from kubernetes.contract.conftest import Place
from support.kubernetes.access.identity import User, service_account
from support.kubernetes.access.use import unused_rights
from support.kubernetes.client import Client
from support.kubernetes.gadget import gadget, gadgets
from support.kubernetes.objects.json_value import Json
from support.kubernetes.server import ApiServer

pytestmark = pytest.mark.anyio

RBAC = "/apis/rbac.authorization.k8s.io/v1"
MIRROR = service_account("default", "mirror")
As = Callable[[User], AbstractAsyncContextManager[Client]]


@pytest.fixture
def connected(double: ApiServer) -> As:
    """Connect as a user: real servers have no tokens to give away."""
    return lambda user: Client.of(double.kubeconfig(user))


@pytest.fixture
async def mirror(client: Client, connected: As) -> AsyncIterator[Client]:
    """A service account nothing is allowed to yet."""
    async with connected(MIRROR) as session:
        yield session


async def allow(client: Client, place: Place, *rules: Json, cluster: bool = False) -> None:
    """Grant the service account rules, in the namespace or everywhere."""
    scope = RBAC if cluster else f"{RBAC}/namespaces/{place.namespace}"
    kind = "ClusterRole" if cluster else "Role"
    api = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": "mirror"}}
    role = await client.create(
        f"{scope}/{kind.lower()}s", {**api, "kind": kind, "rules": list(rules)}
    )
    bound = await client.create(
        f"{scope}/{kind.lower()}bindings",
        {
            **api,
            "kind": f"{kind}Binding",
            "roleRef": {
                "apiGroup": "rbac.authorization.k8s.io",
                "kind": kind,
                "name": "mirror",
            },
            "subjects": [{"kind": "ServiceAccount", "name": "mirror", "namespace": "default"}],
        },
    )
    assert (role.code, bound.code) == (201, 201)


def rule(*verbs: str, resource: str = "gadgets", **more: list[str]) -> Json:
    return {
        "apiGroups": ["contract.zester.dev"],
        "resources": [resource],
        "verbs": list(verbs),
        **more,
    }


async def test_without_a_role_everything_is_forbidden(
    client: Client, place: Place, mirror: Client
) -> None:
    answer = await mirror.get(place.all)

    assert (answer.code, answer.body["reason"]) == (403, "Forbidden")
    assert answer.body["message"] == (
        'gadgets.contract.zester.dev is forbidden: User "system:serviceaccount:default:mirror" '
        'cannot list resource "gadgets" in API group "contract.zester.dev" '
        f'in the namespace "{place.namespace}"'
    )


async def test_discovery_is_for_everybody_who_is_known(mirror: Client) -> None:
    for path in ("/api", "/apis", "/api/v1", "/version", "/openapi/v3"):
        assert (await mirror.get(path)).code == 200, path


async def test_a_role_allows_its_verbs_in_its_namespace(
    client: Client, place: Place, mirror: Client
) -> None:
    await allow(client, place, rule("get", "list", "create"))

    made = await mirror.create(place.all, gadget("one"))

    assert made.code == 201
    assert (await mirror.get(place.all)).code == 200
    assert (await mirror.delete(place.one("one"))).code == 403
    assert (await mirror.get(place.all, watch="true")).code == 403
    assert (await mirror.get(gadgets())).code == 403
    assert (await mirror.get(gadgets("default"))).code == 403


async def test_a_cluster_role_allows_everywhere(
    client: Client, place: Place, mirror: Client
) -> None:
    await allow(client, place, rule("*"), cluster=True)

    assert (await mirror.get(gadgets())).code == 200
    assert (await mirror.create(place.all, gadget("one"))).code == 201


async def test_the_status_needs_a_right_of_its_own(
    client: Client, place: Place, mirror: Client
) -> None:
    await allow(client, place, rule("patch", resource="gadgets/status"))
    await client.create(place.all, gadget("one"))

    assert (await mirror.merge(place.status("one"), {"status": {"seen": "me"}})).code == 200
    assert (await mirror.merge(place.one("one"), {"spec": {"text": "b"}})).code == 403


async def test_names_restrict_a_right(client: Client, place: Place, mirror: Client) -> None:
    await allow(client, place, rule("get", "list", resourceNames=["one"]))
    await client.create(place.all, gadget("one"))
    await client.create(place.all, gadget("two"))

    assert (await mirror.get(place.one("one"))).code == 200
    assert (await mirror.get(place.one("two"))).code == 403
    assert (await mirror.get(place.all)).code == 403
    assert (await mirror.get(place.all, fieldSelector="metadata.name=one")).code == 200


async def test_applying_what_is_not_there_needs_the_right_to_create(
    client: Client, place: Place, mirror: Client
) -> None:
    await allow(client, place, rule("patch"))

    answer = await mirror.apply(place.one("one"), gadget("one", text="a"), manager="us")

    assert answer.code == 403
    assert "cannot create" in answer.body["message"]
    await client.create(place.all, gadget("one"))
    assert (await mirror.apply(place.one("one"), gadget("one", text="a"), manager="us")).code == 200


async def test_cluster_roles_add_up(client: Client, place: Place, mirror: Client) -> None:
    part = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "part", "labels": {"to": "mirror"}},
        "rules": [rule("list")],
    }
    await client.create(f"{RBAC}/clusterroles", part)
    await allow(client, place, cluster=True)
    assert (await mirror.get(place.all)).code == 403

    whole = {"aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"to": "mirror"}}]}}
    await client.merge(f"{RBAC}/clusterroles/mirror", whole)

    assert (await mirror.get(place.all)).code == 200


async def test_a_right_that_is_taken_away_is_gone_at_once(
    client: Client, place: Place, mirror: Client
) -> None:
    await allow(client, place, rule("list"))
    assert (await mirror.get(place.all)).code == 200

    await client.delete(f"{RBAC}/namespaces/{place.namespace}/rolebindings/mirror")

    assert (await mirror.get(place.all)).code == 403


async def test_a_token_that_is_not_good_is_unauthorized(
    client: Client, place: Place, mirror: Client, double: ApiServer
) -> None:
    double.cluster.tokens.revoke(double.cluster.tokens.last(MIRROR))

    answer = await mirror.get(place.all)

    assert (answer.code, answer.body["reason"]) == (401, "Unauthorized")


async def test_users_can_ask_what_they_may(client: Client, place: Place, mirror: Client) -> None:
    await allow(client, place, rule("list"))

    async def may(verb: str) -> bool:
        attributes = {
            "verb": verb,
            "group": "contract.zester.dev",
            "resource": "gadgets",
            "namespace": place.namespace,
        }
        answer = await mirror.create(
            "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
            {
                "apiVersion": "authorization.k8s.io/v1",
                "kind": "SelfSubjectAccessReview",
                "spec": {"resourceAttributes": attributes},
            },
        )
        return bool(answer.body["status"]["allowed"])

    assert await may("list")
    assert not await may("delete")


async def test_what_was_denied_is_on_record(
    client: Client, place: Place, mirror: Client, double: ApiServer
) -> None:
    await mirror.get(place.all)

    [denied] = double.record.denied()
    assert denied.user == MIRROR
    assert (denied.ask.verb, denied.ask.resource) == ("list", "gadgets")


async def test_rights_that_nobody_needed_are_found(
    client: Client, place: Place, mirror: Client, double: ApiServer
) -> None:
    await allow(client, place, rule("get", "list", "delete"), rule("patch", resource="*"))
    await mirror.get(place.all)
    await mirror.get(place.one("one"))

    unused = unused_rights(double.cluster.access, MIRROR, [place.namespace], double.record.asked)

    assert unused == [
        "mirror: delete gadgets.contract.zester.dev",
        "mirror: patch *.contract.zester.dev",
    ]


async def test_manifests_are_added_in_one_go(place: Place, double: ApiServer) -> None:
    role: Json = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": {"name": "added", "namespace": place.namespace},
        "rules": [rule("list")],
    }

    double.add(role, gadget("one", {"namespace": place.namespace}, text="a"))
    double.add({**role, "rules": []})

    async with Client.of(double.kubeconfig()) as client:
        path = f"{RBAC}/namespaces/{place.namespace}/roles/added"
        assert (await client.get(path)).body["rules"] == []
        assert (await client.get(place.one("one"))).code == 200
