"""Which nodes a target means."""

from __future__ import annotations

import pytest

from zester.errors import TargetError
from zester.targeting.matcher import match
from zester.targeting.node import NodeView
from zester.targeting.parser import parse_target

NODE = NodeView(
    id="web-01.example.com",
    facts={
        "os": "Debian",
        "os_family": "Debian",
        "roles": ["webserver", "cache"],
        "ipv4": ["127.0.0.1", "10.1.2.3"],
        "selinux": {"enforced": "Permissive"},
        "cpus": 8,
    },
    settings={"tier": {"name": "front end", "level": 3}},
    labels={"role": "db"},
    groups={
        "fronts": "web-* and G@os:Debian",
        "all": "N@fronts or db-*",
        "loop": "N@pool",
        "pool": "N@loop",
    },
)


@pytest.mark.parametrize(
    "target",
    [
        "*",
        "web-*",
        "web-0[1-3].*",
        "E@web-\\d+",
        "L@db-01,web-01.example.com",
        "G@os:Debian",
        "G@os:debian",
        "os:Deb*",
        "os.family:debian",
        "os:family:debian",
        "G@roles:cache",
        "roles:web*",
        "G@selinux:enforced:perm*",
        "G@selinux:*",
        "cpus:8",
        "P@os:(Debian|Ubuntu)",
        "I@tier:level:3",
        'I@tier:name:"front end"',
        "I@tier.name:front*",
        "J@tier:name:fr.nt",
        "label:role=db",
        "label:role:d*",
        "label:role",
        "S@10.0.0.0/8",
        "S@10.1.2.3",
        "N@fronts",
        "N@all",
        "not db-*",
        "not not web-*",
        "web-* and not G@os:RedHat",
        "db-* or web-* and os:Debian",
        "(db-* or web-*) and (os:Debian)",
        "( E@web-(01|02) )",
    ],
)
def test_the_node_is_meant(target: str) -> None:
    assert match(parse_target(target), NODE)


@pytest.mark.parametrize(
    "target",
    [
        "db-*",
        "WEB-*",
        "E@eb-",
        "L@web-01",
        "G@os:RedHat",
        "roles:db",
        "G@missing:*",
        "I@tier:level:4",
        "label:role=web",
        "label:missing",
        "S@192.168.0.0/16",
        "N@unknown",
        "not *",
        "web-* and db-*",
        "(db-* or web-*) and os:RedHat",
    ],
)
def test_the_node_is_not_meant(target: str) -> None:
    assert not match(parse_target(target), NODE)


def test_a_group_that_contains_itself_is_an_error() -> None:
    with pytest.raises(TargetError, match="contains itself"):
        match(parse_target("N@loop"), NODE)


@pytest.mark.parametrize(
    ("target", "wanted"),
    [
        ("G@nested:key:sub:one", True),
        ("G@nested:*:sub:one", True),
        ("G@nested:*:sub:three", False),
        ("G@*:*:sub:one", True),
        ("G@nested:*:sub", True),
        ("G@list:x:y", True),
        ("G@list:x", True),
        ("G@list:z:1", True),
        ("G@ports:*:eth*", True),
        ("G@empty:*", False),
        ("G@nothing:*", True),
        ("P@nested:*:sub:^o", True),
    ],
)
def test_paths_lead_through_any_key(target: str, wanted: bool) -> None:
    facts = {
        "nested": {"key": {"sub": ["one", "two"]}},
        "list": [{"x": "y"}, {"z": 1}],
        "ports": {"a": ["eth0"], "b": []},
        "empty": [],
        "nothing": None,
    }
    assert match(parse_target(target), NodeView(id="w", facts=facts)) is wanted


def test_hostile_paths_end() -> None:
    facts: dict[str, object] = {"a": 1, "b": 2}
    for _ in range(40):
        facts = {"a": facts, "b": facts, "c": [facts, facts]}
    node = NodeView(id="w", facts=facts)
    for path in ("a:*:" * 24, "*:" * 90, "*:a:" * 45, "c:*:" * 30):
        assert not match(parse_target(f"G@{path}none"), node)
    with pytest.raises(TargetError, match="a path of more than 100 keys"):
        parse_target("G@" + "a:" * 30_000 + "b")


@pytest.mark.parametrize(
    ("kind", "target", "wanted"),
    [
        ("glob", "web-*", True),
        ("pcre", "web.*com$", True),
        ("list", "a,b", False),
        ("grain", "os:Debian", True),
        ("grain_pcre", "os:^D", True),
        ("pillar", "tier:name:front end", True),
        ("pillar_exact", "tier:name:front*", False),
        ("ipcidr", "10.0.0.0/8", True),
        ("nodegroup", "fronts", True),
        ("glob", "web-* and db-*", False),
    ],
)
def test_top_files_can_name_the_kind_of_match(kind: str, target: str, wanted: bool) -> None:
    assert match(parse_target(target, kind=kind), NODE) is wanted
