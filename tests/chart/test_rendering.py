"""What the chart brings into a cluster, whatever it is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import helm_python
import kubernetes_validate
import pytest

from support.chart.cases import CASES, EVERYTHING, MIRROR
from support.chart.golden import GOLDEN, listing
from support.chart.release import CHART, HOOK, Release
from support.kubernetes.objects.json_value import Json
from zester.resources.kubernetes.registry import CUSTOM_KINDS
from zester.trust.address import host_of, secure_urls
from zester.trust.disk.topology import read_clusters
from zester_controller.settings import MasterSettings

OPERATED = ("ServiceMonitor", "PrometheusRule")
"""Kinds of the Prometheus operator, whose schemas are nobody's but its own."""

VERSIONS = ("1.26", "1.31", "1.37")
LONG = "a-release-with-a-name-as-long-as-helm-takes-it-no-more"  # 53
DEFAULT_NUMBER = 3


@pytest.fixture(params=list(CASES.values()), ids=list(CASES))
def release(request: pytest.FixtureRequest) -> Release:
    return Release(request.param)


def pods(release: Release) -> Iterator[tuple[str, Json]]:
    """Yield the specification of every pod that comes of a release."""
    for each in release.objects():
        spec = each.get("spec", {})
        if each["kind"] == "Pod":
            yield each["metadata"]["name"], spec
        elif "template" in spec:
            yield each["metadata"]["name"], spec["template"]["spec"]


def containers(release: Release) -> Iterator[Json]:
    for _, pod in pods(release):
        yield from pod["containers"]


@pytest.mark.parametrize("version", ["v1.26.0", "v1.37.0"])
def test_lint_finds_nothing(release: Release, version: str) -> None:
    report = helm_python.lint(
        CHART,
        dict(release.values),
        strict=True,
        with_subcharts=True,
        kube_version=version,
        namespace=release.namespace,
    )
    assert report["errors"] == []
    worse = [each for each in report["messages"] if each["severity"] > 1]
    assert worse == []


def test_every_object_is_one_of_old_and_new_clusters() -> None:
    written = {
        json.dumps(each, sort_keys=True)
        for values in CASES.values()
        for each in Release(values).objects()
        if each["kind"] not in OPERATED
    }
    for text in written:  # most are the same in every case
        for version in VERSIONS:
            kubernetes_validate.validate(json.loads(text), version, strict=True)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_field_that_a_cluster_does_not_know_is_found(version: str) -> None:
    deployment = Release().one("Deployment")
    deployment["spec"]["template"]["spec"]["containers"][0]["ennv"] = []
    with pytest.raises(kubernetes_validate.ValidationError, match="ennv"):
        kubernetes_validate.validate(deployment, version, strict=True)


def test_pods_may_nothing_that_they_do_not_need(release: Release) -> None:
    for name, pod in pods(release):
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["runAsUser"] > 0, name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod), name
        assert not [each for each in pod.get("volumes", []) if "hostPath" in each], name
        for container in pod["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert container["resources"]["requests"]
            assert container["resources"]["limits"]["memory"]
            image = container["image"]
            assert "@sha256:" in image or image.rpartition(":")[2] not in ("", "latest")


def test_only_who_speaks_to_the_cluster_has_a_token(release: Release) -> None:
    mirrors = release.values.get("mirror", {}).get("enabled", False)
    for name, pod in pods(release):
        hook = name.endswith(("-crds", "-release"))
        wanted = hook or (mirrors and name == "zester")
        assert pod["automountServiceAccountToken"] is wanted, name


def test_roles_name_what_they_grant(release: Release) -> None:
    for each in release.objects():
        for rule in each.get("rules", []) if each["kind"] in ("Role", "ClusterRole") else []:
            assert "*" not in (*rule["verbs"], *rule["resources"], *rule["apiGroups"])
            assert not {"bind", "escalate", "impersonate"} & set(rule["verbs"])


def test_roles_name_every_kind_there_is() -> None:
    kinds = {kind.plural for kind in CUSTOM_KINDS}
    definitions = {f"{plural}.zester.dev" for plural in kinds}
    for each in Release(CASES["mirror"]).objects("ClusterRole"):
        for rule in each["rules"]:
            if each["metadata"]["name"].rpartition(":")[2] in ("mirror", "viewer", "release"):
                named = {part.partition("/")[0] for part in rule["resources"]}
                assert rule["apiGroups"] != ["zester.dev"] or named == kinds
            assert set(rule.get("resourceNames", definitions)) == definitions


def test_nothing_of_the_operator_is_ever_asked_for(release: Release) -> None:
    assert "operator.seed" not in str(release.objects())


def test_names_fit_whatever_the_release_is_called() -> None:
    for release in (Release(EVERYTHING, LONG), Release(EVERYTHING, LONG, "n" * 63)):
        for each in release.objects():
            name = each["metadata"]["name"]
            assert len(name) <= (253 if ":" in name else 63), name
            pods = each.get("spec", {}).get("template", {}).get("metadata", {})
            values = [*each["metadata"]["labels"].values()] if "labels" in each["metadata"] else []
            for value in (*values, *pods.get("labels", {}).values()):
                assert len(value) <= 63, value
            if each["kind"] == "StatefulSet":  # its pods get -0 and a label with a digest
                assert len(name) <= 52


def key(each: Json) -> tuple[str, str, str]:
    metadata = each["metadata"]
    return each["kind"], metadata.get("namespace", ""), metadata["name"]


@pytest.mark.parametrize(
    "pair",
    [
        (("one", "zester"), ("two", "zester")),
        (("zester", "one"), ("zester", "two")),
        ((LONG, "zester"), (LONG[:-1] + "x", "zester")),
        (("zester-a", "b"), ("zester", "a-b")),
    ],
)
def test_two_releases_share_nothing(pair: tuple[tuple[str, str], ...]) -> None:
    values = {**EVERYTHING, "extraObjects": []}
    first, second = ({key(each) for each in Release(values, *one).objects()} for one in pair)
    assert first & second == set()

    chosen = [
        {tuple(each["spec"]["selector"]["matchLabels"].items()) for each in deployments(one)}
        for one in pair
    ]
    if pair[0][1] == pair[1][1]:
        assert chosen[0] & chosen[1] == set()


def deployments(one: tuple[str, str]) -> list[Json]:
    found = Release(MIRROR, *one)
    return [*found.objects("Deployment"), *found.objects("StatefulSet")]


def test_selectors_choose_the_pods_they_are_made_for(release: Release) -> None:
    labels = [
        each["spec"]["template"]["metadata"]["labels"]
        for each in release.objects()
        if each["kind"] in ("Deployment", "StatefulSet")
    ]
    for each in release.objects():
        spec = each.get("spec", {})
        chosen = spec.get("selector") or spec.get("podSelector")
        if not chosen or each["kind"] == "ServiceMonitor":
            continue
        wanted = chosen.get("matchLabels", chosen).items()
        assert len([1 for has in labels if wanted <= has.items()]) == 1, key(each)


def test_one_registry_is_enough_for_all_images(release: Release) -> None:
    values = {**release.values, "global": {"imageRegistry": "mirror.example.com"}}
    for container in containers(Release(values)):
        assert container["image"].startswith("mirror.example.com/")


def test_another_setting_replaces_the_pods() -> None:
    def checksum(values: dict[str, Any]) -> str:
        pod = Release(values).one("Deployment")["spec"]["template"]
        return str(pod["metadata"]["annotations"]["checksum/config"])

    assert checksum({}) == checksum({"replicas": 5})
    assert checksum({}) != checksum({"enrollment": {"policy": "all"}})


def test_what_is_merged_wins_over_the_chart() -> None:
    deployment = Release(EVERYTHING).one("Deployment")
    assert deployment["spec"]["minReadySeconds"] == DEFAULT_NUMBER
    assert deployment["spec"]["replicas"] == 2


def test_the_mirror_brings_its_rights_only_where_it_looks() -> None:
    wide = Release(MIRROR)
    assert [each["metadata"]["name"] for each in wide.objects("ClusterRoleBinding", hooks=False)]
    assert wide.objects("Role") == []

    narrow = Release(CASES["mirror of two namespaces"])
    assert narrow.objects("ClusterRoleBinding") == []
    spaces = {each["metadata"]["namespace"] for each in narrow.objects("Role", hooks=False)}
    assert spaces == {"web", "db"}

    off = Release()
    assert (
        off.objects("Role") + off.objects("RoleBinding") + off.objects("ClusterRoleBinding") == []
    )


def test_objects_are_made_only_at_home_and_only_of_the_kinds_that_are_asked_for() -> None:
    assert Release(MIRROR).objects("Role") == []
    for home in ("", "machines"):
        values = {"mirror": {**MIRROR["mirror"], "peels": "*", "home": home}}
        (role,) = Release(values).objects("Role")
        assert role["metadata"]["namespace"] == (home or "zester")
        makes = [each for each in role["rules"] if "delete" in each["verbs"]]
        assert [each["resources"] for each in makes] == [["peels"]]
        settings = Release(values).one("ConfigMap")["data"]
        assert settings["ZESTER_MASTER_KUBE_HOME"] == (home or "zester")


@pytest.mark.parametrize("values", list(CASES.values()), ids=list(CASES))
def test_the_settings_are_some_that_a_master_takes(
    values: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = Release(values).one("ConfigMap", "zester")["data"]
    for name, text in data.items():
        monkeypatch.setenv(name, text)
        assert name.removeprefix("ZESTER_MASTER_").lower() in MasterSettings.model_fields
    MasterSettings.load({"trust": "/etc/zester/trust"})


def test_who_may_view_and_edit_follows_the_roles_of_the_cluster_as_told() -> None:
    def labels(values: dict[str, Any], role: str) -> set[str]:
        found = Release(values).one("ClusterRole", f"zester:zester:{role}")["metadata"]["labels"]
        return {each.rpartition("-")[2] for each in found if "aggregate" in each}

    assert labels({}, "viewer") == {"view"}
    for role in ("editor", "approver", "commander"):
        assert labels({}, role) == set()
    assert labels(EVERYTHING, "editor") == {"edit", "admin"}
    for role in ("approver", "commander"):
        assert labels(EVERYTHING, role) == set()


def test_a_cluster_is_the_one_that_its_keys_are_made_for() -> None:
    release = Release(CASES["high availability"])
    urls = release.one("ConfigMap")["data"]["ZESTER_MASTER_URL"]
    hosts = ",".join(host_of(each) for each in secure_urls(urls))
    members = read_clusters((hosts,), "/etc/nats", "")

    servers = release.one("StatefulSet")
    assert len(members) == servers["spec"]["replicas"]
    (keys,) = (
        each["projected"]["sources"]
        for each in servers["spec"]["template"]["spec"]["volumes"]
        if each["name"] == "keys"
    )
    for number, (member, source) in enumerate(zip(members, keys, strict=True)):
        pod = f"{servers['metadata']['name']}-{number}"
        assert member.name == pod
        assert member.hosts[0].startswith(f"{pod}.{servers['spec']['serviceName']}.zester.svc")
        assert source["secret"]["name"] == pod
        assert {each["path"] for each in source["secret"]["items"]} == {
            f"{pod}/{name}" for name in ("nats-server.conf", "server.pem", "server.key", "ca.pem")
        }
    readme = (CHART / "README.md").read_text(encoding="utf-8")
    assert hosts in readme


def test_hooks_take_themselves_away(release: Release) -> None:
    for each in release.objects():
        notes = each["metadata"].get("annotations") or {}
        if HOOK in notes:
            assert "hook-succeeded" in notes["helm.sh/hook-delete-policy"], key(each)


def test_the_user_is_told_what_to_do_and_what_is_risky(release: Release) -> None:
    notes = release.notes()
    assert "create secret generic zester-trust --from-file=trust/masters/base" in notes
    assert ("WARNING" in notes) is (release.values in (CASES["least"], EVERYTHING))


def test_a_case_makes_what_it_made_before() -> None:
    assert GOLDEN.read_text(encoding="utf-8") == listing(), "if that is meant: make chart"
