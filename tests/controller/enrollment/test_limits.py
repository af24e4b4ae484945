"""What a flood may cost: a bounded number of everything."""

from __future__ import annotations

from zester.resources.enrollment.refusals import SOURCES_LIMIT
from zester.resources.enrollment.request import make_request
from zester.telemetry.metrics import Metrics
from zester.trust.nkeys import KeyKind, KeyPair
from zester_controller.enrollment.limiter import Limiter
from zester_controller.enrollment.refused import SOURCES, Refused
from zester_controller.enrollment.replays import Replays


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> float:
        return self.now


def test_a_source_has_a_burst_and_then_a_rate() -> None:
    clock = Clock()
    limiter = Limiter(clock, burst=5, rate=2)

    assert [limiter.allow("a") for _ in range(10_000)].count(True) == 5
    assert limiter.allow("b")
    clock.now += 1
    assert [limiter.allow("a") for _ in range(10)].count(True) == 2


def test_a_million_sources_are_not_remembered() -> None:
    limiter = Limiter(Clock(), burst=1, rate=0, names=100)

    for number in range(10_000):
        limiter.allow(str(number))

    assert len(limiter) == 100
    assert not limiter.allow("9999")


def test_a_request_is_new_once() -> None:
    clock = Clock()
    replays = Replays(clock, remembered=100)
    key = KeyPair.generate(KeyKind.USER)
    first, second = (make_request(key, "web", "base", "requests.web")[0] for _ in range(2))

    assert [replays.is_new(made) for made in (first, second, first, second)] == [
        *(True, True, False, False)
    ]


def test_requests_are_forgotten_when_they_are_too_old_to_pass_or_too_many() -> None:
    clock = Clock()
    replays = Replays(clock, remembered=100)
    key = KeyPair.generate(KeyKind.USER)
    made, _ = make_request(key, "web", "base", "requests.web")
    for number in range(500):
        replays.is_new(made.model_copy(update={"nonce": f"{number:032x}"}))
    assert len(replays) == 100

    clock.now += 3600
    assert replays.is_new(made)
    assert len(replays) == 1


def test_what_was_refused_is_counted_by_reason_and_busiest_source() -> None:
    metrics = Metrics()
    refused = Refused(Clock(), metrics)
    assert refused.news() is None
    for number in range(3 * SOURCES):
        refused.count("Flood", f"10.0.{number}")
    for _ in range(500):
        refused.count("IdTaken", "10.9.9.9")

    news = refused.news()

    assert news is not None
    assert news.reasons == {"Flood": 3 * SOURCES, "IdTaken": 500}
    assert len(news.sources) == SOURCES_LIMIT
    assert news.sources["10.9.9.9"] == 500
    assert metrics.enrollment_refused.value(reason="IdTaken") == 500
    refused.told(news)
    assert refused.news() is None
