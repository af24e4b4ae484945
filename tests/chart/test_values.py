"""What the chart can be told, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import helm_python
import pytest
import yaml

from support.chart.release import CHART, Release
from support.chart.values_table import README, read_values, written

SCHEMA: dict[str, Any] = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
DEFAULTS: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a typo": ({"replica": 2}, "replica"),
    "a typo below": ({"mirror": {"enable": True}}, "enable"),
    "both kinds of servers": ({"nats": {"external": {"urls": ["tls://n:4222"]}}}, "maxItems"),
    "no servers": ({"nats": {"embedded": {"enabled": False}}}, "minItems"),
    "servers in clear": (
        {"nats": {"embedded": {"enabled": False}, "external": {"urls": ["nats://n:4222"]}}},
        "/nats/external/urls/0",
    ),
    "servers with a password": (
        {"nats": {"embedded": {"enabled": False}, "external": {"urls": ["tls://a:b@n:4222"]}}},
        "/nats/external/urls/0",
    ),
    "two servers": ({"nats": {"embedded": {"replicas": 2}}}, "/nats/embedded/replicas"),
    "a cluster without a name": ({"mirror": {"enabled": True}}, "/mirror/clusterId"),
    "a name that is none": ({"mirror": {"clusterId": "Prod/1"}}, "/mirror/clusterId"),
    "latest": ({"image": {"tag": "latest"}}, "/image/tag"),
    "half a digest": ({"image": {"digest": "sha256:12"}}, "/image/digest"),
    "no limit": ({"resources": {"limits": {"memory": None}}}, "/resources/limits"),
    "root": ({"podSecurityContext": {"runAsNonRoot": False}}, "/podSecurityContext"),
    "privileges": ({"securityContext": {"privileged": True}}, "/securityContext"),
    "a number for a list": ({"mirror": {"namespaces": 1}}, "/mirror/namespaces"),
    "an unknown policy": ({"enrollment": {"policy": "everybody"}}, "/enrollment/policy"),
    "minus one": ({"replicas": -1}, "/replicas"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_value_that_cannot_be_meant_is_refused_by_its_name(name: str) -> None:
    values, place = REFUSED[name]
    with pytest.raises(helm_python.HelmValuesError, match=place):
        Release(values).files()


def properties(schema: dict[str, Any], path: str = "") -> Iterator[str]:
    """Yield the paths that a schema names, as far as it closes maps."""
    for name, below in schema.get("properties", {}).items():
        yield f"{path}{name}"
        if below.get("additionalProperties") is False:
            yield from properties(below, f"{path}{name}.")


def paths(values: dict[str, Any], schema: dict[str, Any], path: str = "") -> Iterator[str]:
    for name, value in values.items():
        yield f"{path}{name}"
        below = schema["properties"].get(name, {})
        if isinstance(value, dict) and below.get("additionalProperties") is False:
            yield from paths(value, below, f"{path}{name}.")


def test_the_schema_knows_exactly_what_there_is() -> None:
    # What a map may hold besides its default is told by Kubernetes.
    more = {"updateStrategy.rollingUpdate", "resources.claims", "nats.embedded.resources.claims"}
    assert set(properties(SCHEMA)) - more == set(paths(DEFAULTS, SCHEMA))


def test_the_schema_is_one_that_helm_reads() -> None:
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert SCHEMA["additionalProperties"] is False


def test_every_value_is_explained() -> None:
    explained = {each.path for each in read_values()}
    closed = {each for each in properties(SCHEMA) if each in set(paths(DEFAULTS, SCHEMA))}
    for path in closed:
        parts = path.split(".")
        above = {".".join(parts[:count]) for count in range(1, len(parts) + 1)}
        below = {each for each in explained if each.startswith(f"{path}.")}
        assert explained & above or below, path


def test_the_table_of_the_readme_is_up_to_date() -> None:
    assert README.read_text(encoding="utf-8") == written(), "run: make chart"


def test_the_version_is_that_of_the_program() -> None:
    from zester import __version__

    chart = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
    assert chart["appVersion"] == __version__
