"""``merge`` of one Settings object, as a peel has it."""

from __future__ import annotations

import base64
import json

import pytest

from support.kubernetes.mirrored import SPACE
from support.kubernetes.objects.json_value import Json
from support.machines.followed import Followed

pytestmark = pytest.mark.anyio

SECRET = "xyzzy-plugh-4711"  # noqa: S105 - what must be found nowhere
STATE = """
/seen:
  file.managed:
    - contents: {{ pillar | tojson | tojson }}
    - mode: "0600"
"""
FIRST: Json = {"path": "first.zy", "data": {"l": [1], "m": {"l": [1], "a": 1}, "db": {"user": "u"}}}


async def test_an_object_says_how_it_meets_those_before_it(followed: Followed) -> None:
    cluster = followed.cluster
    secret: Json = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "db", "namespace": SPACE},
        "data": {"password": base64.b64encode(SECRET.encode()).decode()},
    }
    path = f"/api/v1/namespaces/{SPACE}/secrets"
    assert (await cluster.kube.create(path, secret)).code == 201
    second: Json = {
        "path": "second.zy",
        "data": {"l": [2], "m": {"l": [2], "b": 2}},
        "valuesFrom": [
            {"secretKeyRef": {"name": "db", "key": "password"}, "targetPath": "db.password"}
        ],
    }
    merged = {
        "smart": {"l": [2], "m": {"l": [2], "a": 1, "b": 2}, "db": {"user": "u"}},
        "list": {"l": [1, 2], "m": {"l": [1, 2], "a": 1, "b": 2}, "db": {"user": "u"}},
        "overwrite": {"l": [2], "m": {"l": [2], "b": 2}, "db": {}},
    }
    async with followed.running() as peel:
        await followed.states(STATE)
        await cluster.apply("Settings", "first", FIRST)
        await cluster.apply("Settings", "second", second)
        top = {"target": "web-*", "states": ["web"], "settings": ["first", "second"]}
        await cluster.apply("TopAssignment", "web", top)
        for merge, expected in merged.items():
            await cluster.apply("Settings", "second", {**second, "merge": merge})
            assert (await cluster.becomes("Settings", "second", "Published"))[0] == "True"
            await cluster.becomes("StateTree", "web", "Published")
            status = await followed.settled()
            assert status.counts.ok == 1
            found = json.loads((peel.root / "seen").read_text())
            assert found["db"].pop("password") == SECRET
            assert found == expected
        assert SECRET not in status.encode().decode()
    state, server = peel.settings.state_dir, followed.server.folder
    kept = [each for each in (*state.rglob("*"), *server.rglob("*")) if each.is_file()]
    assert not [each for each in kept if SECRET.encode() in each.read_bytes()]


async def test_a_wish_costs_the_files_of_others_nothing(followed: Followed) -> None:
    cluster = followed.cluster
    async with cluster.running():
        await followed.states("web: test.nop\n")
        await cluster.apply("Settings", "first", FIRST)
        await cluster.apply("Settings", "second", {**FIRST, "path": "b.zy", "merge": "overwrite"})
        found = await cluster.publishes("states/web.zy", "settings/first.zy", "settings/b.zy")
        assert len(found) == 3
        wishes = {path: entry.wishes for path, entry in (await cluster.entries()).items()}
        assert wishes["settings/b.zy"] == ("overwrite",)
        assert wishes["settings/first.zy"] == ()
