"""Targets over 10,000 peels, answered by the index that the command line and the master use."""

from __future__ import annotations

import random
import statistics
import time

from bench.figures import Figure
from zester.targeting.fleet_index import FleetIndex
from zester.targeting.node import NodeView
from zester.targeting.parser import parse_target

NODES = 10_000
TARGETS = (
    "web-* and G@os:Debian and not label:role=db",
    "(E@web-\\d+5 or G@roles:cache) and os_family:RedHat",
    "S@10.1.0.0/16 and not (P@os:^U or dc:north*)",
    "R@web-00100..00900 and label:zone=eu-*",
)


def measure() -> list[Figure]:
    """Ask each target of indexes that have not heard it before; the median of five counts."""
    index = FleetIndex(_node(number) for number in range(NODES))
    index.find(parse_target("S@127.0.0.1"))  # addresses are sorted when the first is asked for
    slowest = 0.0
    for target in TARGETS:
        samples = []
        for _ in range(5):
            index.forget()
            start = time.perf_counter()
            sure, _ = index.find(parse_target(target))
            samples.append(time.perf_counter() - start)
            assert sure, target  # noqa: S101 - a target that means nobody measures nothing
        slowest = max(slowest, statistics.median(samples))
    return [Figure(f"compound target over {NODES:,} peels, slowest", slowest * 1000, 10, "ms")]


def _node(number: int) -> NodeView:
    chance = random.Random(number)  # noqa: S311 - the same fleet in every run
    os, family = chance.choice((("Debian", "Debian"), ("Ubuntu", "Debian"), ("Rocky", "RedHat")))
    facts = {
        "os": os,
        "os_family": family,
        "roles": chance.sample(("web", "cache", "db", "proxy"), 2),
        "dc": chance.choice(("north-1", "north-2", "south")),
        "ipv4": ["127.0.0.1", f"10.{number % 4}.{number // 250 % 250}.{number % 250}"],
        "fqdn": f"web-{number:05}.example.com",
    }
    labels = {"role": chance.choice(("db", "web")), "zone": chance.choice(("eu-1", "us-1"))}
    return NodeView(f"web-{number:05}", facts, labels=labels)
